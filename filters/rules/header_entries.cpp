// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/header_entries.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::rulebook {
namespace {
/// Quoted texts and comments of a value; one that nothing closes is none. Linear over all of it.
class QuotedTexts {
public:
    explicit QuotedTexts(std::string_view value) : value_{value} { }

    /// Where the one that begins at `at` ends.
    std::size_t behind(std::size_t at)
    {
        const bool is_quote = value_[at] == '"';
        bool& is_open = is_quote ? is_quote_open_ : is_comment_open_;
        for (auto i = at + 1; i < value_.size() && !is_open; ++i) {
            if (value_[i] == '\\')
                ++i;
            else if (value_[i] == (is_quote ? '"' : ')'))
                return i + 1;
        }
        is_open = true;
        return at + 1;
    }

private:
    std::string_view value_;
    bool is_quote_open_ = false, is_comment_open_ = false; ///< no other is closed either
};

bool begins_text(char c) { return c == '"' || c == '('; }

/// "<" outside of quotes and comments.
std::size_t find_angle(std::string_view value)
{
    QuotedTexts texts{value};
    for (std::size_t i = 0; i < value.size();) {
        if (value[i] == '<')
            return i;
        i = begins_text(value[i]) ? texts.behind(i) : i + 1;
    }
    return std::string_view::npos;
}

/// Without "(…)", and without the quotes around what is quoted.
std::string plain_phrase(std::string_view text)
{
    std::string out;
    QuotedTexts texts{text};
    for (std::size_t i = 0; i < text.size();) {
        const auto end = begins_text(text[i]) ? texts.behind(i) : i + 1;
        if (end == i + 1)
            out += text[i];
        else if (text[i] == '"')
            for (auto at = i + 1; at + 1 < end; ++at) {
                at += text[at] == '\\' && at + 2 < end;
                out += text[at];
            }
        i = end;
    }
    return std::string{mail::trimmed(out)};
}

/// Nothing where it has no "@", or blanks outside of quotes: that is no address.
std::string possible_address(std::string_view text)
{
    const bool is_quoted = text.starts_with('"') && text.contains("\"@");
    const bool is_address
        = text.contains('@') && (is_quoted || text.find_first_of(" \t") == text.npos);
    return is_address ? std::string{text} : std::string{};
}
}

std::string plain_name(std::string_view text)
{
    text = mail::trimmed(text);
    if (text.size() > 1 && text.front() == '\'' && text.back() == '\'')
        text = mail::trimmed(text.substr(1, text.size() - 2));
    std::string out;
    for (const char c : text)
        if (!mail::is_blank(c) || !out.ends_with(' '))
            out += mail::is_blank(c) ? ' ' : c;
    return out;
}

std::vector<std::string_view> list_entries(std::string_view list)
{
    const auto front = list.substr(0, list.find_first_of("\"()<>"));
    if (const auto colon = front.rfind(':'); colon != std::string_view::npos && colon > 0)
        list.remove_prefix(colon + 1);
    std::vector<std::string_view> entries;
    QuotedTexts texts{list};
    const auto last_angle = list.rfind('>');
    std::size_t start = 0;
    for (std::size_t i = 0; i < list.size();) {
        const bool is_angle
            = list[i] == '<' && last_angle != std::string_view::npos && i < last_angle;
        if (list[i] == ',' || list[i] == ';' || list[i] == '\n') {
            entries.push_back(list.substr(start, i - start));
            start = i + 1;
        }
        i = begins_text(list[i]) ? texts.behind(i) : is_angle ? list.find('>', i) : i + 1;
    }
    entries.push_back(list.substr(start));
    return entries;
}

std::string entry_address(std::string_view entry)
{
    if (const auto open = find_angle(entry); open != std::string_view::npos) {
        const auto end = std::min(entry.find('>', open), entry.size());
        return possible_address(mail::trimmed(entry.substr(open + 1, end - open - 1)));
    }
    const auto at = entry.find('@');
    // Within an encoded word it is none yet.
    if (at == std::string_view::npos || entry.contains("=?"))
        return {};
    constexpr std::string_view ends = " \t<>,;:\"'()\n";
    const auto before = entry.find_last_of(ends, at);
    const auto start = before == std::string_view::npos ? 0 : before + 1;
    const auto end = std::min(entry.find_first_of(ends, at), entry.size());
    return start == at ? std::string{} : std::string{entry.substr(start, end - start)};
}

std::string entry_name(std::string_view entry)
{
    if (const auto open = find_angle(entry); open != std::string_view::npos)
        return plain_phrase(entry.substr(0, open));
    if (!entry.contains('@'))
        return plain_phrase(entry);
    const auto comment = entry.find('(');
    const auto end = comment == std::string_view::npos ? comment : entry.find(')', comment);
    if (end == std::string_view::npos)
        return {};
    return std::string{mail::trimmed(entry.substr(comment + 1, end - comment - 1))};
}
}
