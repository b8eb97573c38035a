// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/tag_list.hpp"

#include "gateway/mail/ascii.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace filters::auth {
namespace {
constexpr std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// RFC 6376 §3.2 tag-name.
bool is_tag_name(std::string_view name)
{
    if (name.empty() || !mail::is_alphanumeric(name.front()) || mail::is_digit(name.front()))
        return false;
    return std::ranges::all_of(name, [](char c) { return mail::is_alphanumeric(c) || c == '_'; });
}

/// VALCHAR and the white space that folds it. Octets above 126 as RFC 8616 allows them.
bool is_tag_value(std::string_view value)
{
    return std::ranges::all_of(value, [](char c) {
        return is_white_space(c) || (static_cast<unsigned char>(c) > ' ' && c != 0x7F);
    });
}

consteval auto digit_values()
{
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}
}

std::optional<TagList> TagList::parse(std::string_view text)
{
    TagList list;
    text = mail::trimmed(text);
    if (text.ends_with(';'))
        text.remove_suffix(1);
    while (true) {
        const auto end = text.find(';');
        const auto part = text.substr(0, end);
        const auto equals = part.find('=');
        if (equals == part.npos || list.tags_.size() == most_tags)
            return {};
        const auto name = mail::trimmed(part.substr(0, equals));
        const auto whole = part.substr(equals + 1);
        if (!is_tag_name(name) || !is_tag_value(whole) || list.find(name))
            return {};
        list.tags_.push_back({name, mail::trimmed(whole), whole});
        if (end == text.npos)
            return list;
        text.remove_prefix(end + 1);
    }
}

const TagList::Tag* TagList::find(std::string_view name) const
{
    const auto found = std::ranges::find(tags_, name, &Tag::name);
    return found == tags_.end() ? nullptr : &*found;
}

std::string_view TagList::value(std::string_view name, std::string_view otherwise) const
{
    const auto* tag = find(name);
    return tag ? tag->value : otherwise;
}

std::string without_white_space(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text)
        if (!is_white_space(c))
            out += c;
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.push_back(mail::trimmed(text.substr(0, end)));
        if (end == text.npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<unsigned long long> parse_decimal(std::string_view text)
{
    unsigned long long number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.size() > 18)
        return {};
    return number;
}

std::optional<std::string> decode_base64(std::string_view text)
{
    static constexpr auto values = digit_values();
    std::string out;
    out.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t bits = 0;
    std::size_t count = 0, padding = 0;
    for (const char c : text) {
        if (is_white_space(c))
            continue;
        if (c == '=') {
            ++padding;
            continue;
        }
        const auto value = values[static_cast<unsigned char>(c)];
        if (value == no_digit || padding > 0)
            return {};
        bits = bits << 6 | value;
        if (++count % 4 == 0)
            for (const int shift : {16, 8, 0})
                out += static_cast<char>(bits >> shift & 0xFF);
    }
    if (count % 4 == 1 || padding != (4 - count % 4) % 4)
        return {};
    if (count % 4 == 2)
        out += static_cast<char>(bits >> 4 & 0xFF);
    if (count % 4 == 3) {
        out += static_cast<char>(bits >> 10 & 0xFF);
        out += static_cast<char>(bits >> 2 & 0xFF);
    }
    return out;
}

std::string encode_base64(std::string_view octets)
{
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < octets.size(); at += 3) {
        const auto group = octets.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= group.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return out;
}
}
