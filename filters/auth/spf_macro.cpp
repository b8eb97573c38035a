// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/spf_macro.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::auth {
namespace {
using mail::Problem;

constexpr std::size_t longest_name = 253;
constexpr std::string_view letters = "slodiphv", explanation_letters = "crt";
constexpr std::string_view delimiters = ".-+,/_=";

/// RFC 7208 §12: letters, digits and inner hyphens, not all digits.
bool is_toplabel(std::string_view label)
{
    const auto fits = [](char c) { return mail::is_alphanumeric(c) || c == '-'; };
    return !label.empty() && std::ranges::all_of(label, fits) && label.front() != '-'
        && label.back() != '-' && !std::ranges::all_of(label, mail::is_digit);
}

/// "192.0.2.1", or 32 nibbles with dots between them (§7.3).
std::string dotted(const mail::Ip& ip)
{
    if (ip.is_v4())
        return ip.to_string();
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const unsigned byte : ip.bytes())
        for (const auto nibble : {byte >> 4U, byte & 15U}) {
            if (!text.empty())
                text += '.';
            text += digits[nibble];
        }
    return text;
}

std::string value_of(char letter, const SpfMacroValues& values)
{
    switch (letter) {
    case 's':
        return values.local + '@' + values.sender_domain;
    case 'l':
        return values.local;
    case 'o':
        return values.sender_domain;
    case 'd':
        return values.domain;
    case 'i':
        return dotted(values.ip);
    case 'p':
        return values.validated_name;
    case 'h':
        return values.helo;
    case 'v':
        return values.ip.is_v4() ? "in-addr" : "ip6";
    case 'c':
        return values.ip.to_string();
    case 'r':
        return values.receiver;
    default:
        return std::to_string(values.time);
    }
}

std::string url_escaped(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
        if (mail::is_alphanumeric(c) || std::string_view{"-._~"}.contains(c)) {
            escaped += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        escaped += {'%', digits[octet >> 4U], digits[octet & 15U]};
    }
    return escaped;
}

std::vector<std::string_view> split(std::string_view text, std::string_view at)
{
    std::vector<std::string_view> parts;
    for (auto end = text.find_first_of(at); end != text.npos; end = text.find_first_of(at)) {
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.push_back(text);
    return parts;
}
}

/// Reads a macro string from left to right.
class SpfMacroString::Reader {
public:
    Reader(std::string_view text, bool is_explanation)
        : text_{text}, is_explanation_{is_explanation}
    { }

    std::expected<SpfMacroString, Problem> read()
    {
        while (!text_.empty()) {
            if (text_.front() == '%') {
                if (const auto* problem = read_macro())
                    return std::unexpected{Problem{problem}};
            } else if (!read_literal()) {
                return std::unexpected{Problem{"a character that no macro string may have"}};
            }
        }
        return std::move(result_);
    }

private:
    bool read_literal()
    {
        const char c = text_.front();
        if (!mail::is_printable(c) || (c == ' ' && !is_explanation_))
            return false;
        if (result_.pieces_.empty() || result_.pieces_.back().is_macro)
            result_.pieces_.push_back({});
        result_.pieces_.back().literal += c;
        text_.remove_prefix(1);
        return true;
    }
    /// nullptr, or what is wrong.
    const char* read_macro()
    {
        const char kind = text_.size() > 1 ? text_[1] : '\0';
        text_.remove_prefix(std::min<std::size_t>(text_.size(), 2));
        if (kind == '{')
            return read_braces();
        const auto literal = kind == '%' ? "%" : kind == '_' ? " " : kind == '-' ? "%20" : nullptr;
        if (literal == nullptr)
            return "'%' without a macro behind it";
        result_.pieces_.push_back({.literal = literal, .is_macro = true});
        return nullptr;
    }
    const char* read_braces()
    {
        const auto end = text_.find('}');
        if (end == text_.npos || end == 0)
            return "a macro without its closing brace or letter";
        auto inside = text_.substr(0, end);
        text_.remove_prefix(end + 1);
        Piece piece{.letter = mail::to_lower(inside.front()), .is_macro = true};
        piece.is_escaped = piece.letter != inside.front();
        if (!letters.contains(piece.letter)
            && !(is_explanation_ && explanation_letters.contains(piece.letter)))
            return "an unknown macro letter";
        inside.remove_prefix(1);
        const bool has_digits = !inside.empty() && mail::is_digit(inside.front());
        while (!inside.empty() && mail::is_digit(inside.front())) {
            piece.parts = std::min(piece.parts * 10 + static_cast<unsigned>(inside.front() - '0'),
                                   1000U); // more parts than any value has
            inside.remove_prefix(1);
        }
        if (has_digits && piece.parts == 0)
            return "a macro that keeps no part";
        if (!inside.empty() && mail::to_lower(inside.front()) == 'r') {
            piece.is_reversed = true;
            inside.remove_prefix(1);
        }
        if (inside.find_first_not_of(delimiters) != inside.npos)
            return "an unknown macro delimiter";
        piece.delimiters = inside;
        result_.pieces_.push_back(std::move(piece));
        return nullptr;
    }

    std::string_view text_;
    bool is_explanation_;
    SpfMacroString result_;
};

std::expected<SpfMacroString, Problem> SpfMacroString::parse(std::string_view text)
{
    return Reader{text, false}.read();
}

std::expected<SpfMacroString, Problem> SpfMacroString::parse_explanation(std::string_view text)
{
    return Reader{text, true}.read();
}

std::expected<SpfMacroString, Problem> SpfMacroString::parse_domain(std::string_view text)
{
    auto result = parse(text);
    if (!result)
        return result;
    if (result->pieces_.empty())
        return std::unexpected{Problem{"an empty domain"}};
    const auto& last = result->pieces_.back();
    if (last.is_macro)
        return result;
    std::string_view end = last.literal;
    if (end.ends_with('.'))
        end.remove_suffix(1);
    const auto dot = end.rfind('.');
    if (dot == end.npos || !is_toplabel(end.substr(dot + 1)))
        return std::unexpected{Problem{"a domain without a proper top label"}};
    return result;
}

bool SpfMacroString::needs_validated_name() const
{
    return std::ranges::any_of(pieces_, [](const Piece& piece) { return piece.letter == 'p'; });
}

std::string SpfMacroString::expanded(const Piece& piece, const SpfMacroValues& values)
{
    if (piece.letter == 0)
        return piece.literal;
    const auto value = value_of(piece.letter, values);
    auto parts = split(value, piece.delimiters.empty() ? "." : piece.delimiters);
    if (piece.is_reversed)
        std::ranges::reverse(parts);
    const std::size_t skipped
        = piece.parts != 0 && parts.size() > piece.parts ? parts.size() - piece.parts : 0;
    std::string joined;
    for (std::size_t i = skipped; i < parts.size(); ++i) {
        if (i > skipped)
            joined += '.';
        joined += parts[i];
    }
    return piece.is_escaped ? url_escaped(joined) : joined;
}

std::string SpfMacroString::domain_name(const SpfMacroValues& values) const
{
    // Only the right end is kept, so a record of thousands of macros costs no more than a few.
    std::vector<std::string> from_right;
    std::size_t size = 0;
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend() && size <= 2 * longest_name;
         ++piece) {
        from_right.push_back(expanded(*piece, values));
        size += from_right.back().size();
    }
    std::string name;
    for (auto part = from_right.rbegin(); part != from_right.rend(); ++part)
        name += *part;
    if (name.ends_with('.'))
        name.pop_back();
    if (name.size() <= longest_name)
        return name;
    const auto dot = name.find('.', name.size() - longest_name - 1);
    return dot == name.npos ? name : name.substr(dot + 1);
}

std::string SpfMacroString::text(const SpfMacroValues& values) const
{
    std::string text;
    for (const auto& piece : pieces_) {
        text += expanded(piece, values);
        if (text.size() >= longest_text)
            break;
    }
    text.resize(std::min(text.size(), longest_text));
    return text;
}
}
