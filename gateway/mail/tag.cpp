// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/tag.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/header.hpp"

namespace mail {
namespace {
constexpr std::string_view field_start = "Subject: ";
constexpr std::size_t longest_line = 76; // with encoded words on it (RFC 2047 §2)

std::string without_controls(std::string_view tag)
{
    std::string text{tag};
    std::erase_if(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
    return text;
}

// How far the last line of `text` reaches.
std::size_t column(std::string_view text)
{
    const auto line_end = text.rfind('\n');
    return line_end == std::string_view::npos ? text.size() : text.size() - line_end - 1;
}

bool begins_with_tag(std::string_view subject, std::string_view tag)
{
    const std::string decoded = decode_words(unfold(subject));
    return std::string_view{decoded}.starts_with(trimmed(tag));
}
}

std::string tagged_subject(std::string_view raw_value, std::string_view tag_utf8)
{
    const std::string tag = without_controls(tag_utf8);
    const std::string_view subject = trimmed(raw_value);
    if (trimmed(tag).empty() || begins_with_tag(subject, tag))
        return std::string{field_start}.append(subject).append("\r\n");

    // Blanks between two encoded words are not shown, so there the tag's own blank must be encoded
    // with it; before anything else the blank that separates the two is the one that is shown.
    const bool word_follows = subject.starts_with("=?");
    std::string_view shown = tag;
    while (!word_follows && shown.ends_with(' '))
        shown.remove_suffix(1);
    std::string words = encode_words(shown, field_start.size());
    const bool is_encoded = words != shown;
    while (words.ends_with(' '))
        words.pop_back();
    std::string field{field_start};
    field += words;
    if (subject.empty())
        return field += "\r\n";
    const bool is_separate = is_encoded || word_follows || tag.ends_with(' ');
    const std::size_t first_line = subject.substr(0, subject.find('\r')).size();
    if (is_separate)
        field += column(field) + 1 + first_line > longest_line ? "\r\n " : " ";
    return field.append(subject).append("\r\n");
}
}
