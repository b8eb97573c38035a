// SPDX-License-Identifier: Apache-2.0
#include "web/front/text.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace front {
namespace {
constexpr std::size_t most_fields = 200;
constexpr std::size_t longest_path = 500;

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (text[i] == '%' && high >= 0 && low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

bool is_plain(char c)
{
    return mail::is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~';
}
}

Target target_of(std::string_view target)
{
    const auto [path, query] = cut(target, '?');
    return {path, query};
}

std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator)
{
    const auto at = text.find(separator);
    if (at == text.npos)
        return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

Fields parse_fields(std::string_view text)
{
    Fields fields;
    for (std::size_t i = 0; i < most_fields && !text.empty(); ++i) {
        const auto [pair, rest] = cut(text, '&');
        const auto [name, value] = cut(pair, '=');
        if (!name.empty())
            fields.try_emplace(decoded(name), decoded(value));
        text = rest;
    }
    return fields;
}

const std::string& field(const Fields& fields, std::string_view name)
{
    static const std::string none;
    const auto found = fields.find(name);
    return found == fields.end() ? none : found->second;
}

std::string encoded(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (is_plain(c))
            out += c;
        else
            (((out += '%') += digits[octet >> 4U]) += digits[octet & 15U]);
    }
    return out;
}

std::optional<std::string> cookie(std::string_view header, std::string_view name)
{
    std::optional<std::string> found;
    while (!header.empty()) {
        const auto [pair, rest] = cut(header, ';');
        const auto [key, value] = cut(pair, '=');
        header = rest;
        if (trimmed(key) != name)
            continue;
        if (found)
            return {};
        found = trimmed(value);
    }
    return found;
}

std::string safe_path(std::string_view wanted)
{
    const bool is_own = wanted.starts_with('/') && wanted.size() <= longest_path
        && !wanted.starts_with("//") && !wanted.contains('\\')
        && std::ranges::all_of(wanted, [](char c) { return c > ' ' && c <= '~'; });
    return is_own ? std::string{wanted} : "/";
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const auto last = text.find_last_not_of(blanks);
    return text.substr(0, last == text.npos ? 0 : last + 1);
}

std::string lower_case(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}
}
