// SPDX-License-Identifier: Apache-2.0
#include "filters/content/url_host.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <vector>

namespace filters::content {
namespace {
constexpr std::size_t longest_host = 4096; // browsers have no limit; DNS stops at 253

int hex_digit(char c)
{
    if (mail::is_digit(c))
        return c - '0';
    const char lower = mail::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_forbidden(char c, bool is_domain)
{
    constexpr std::string_view all{"\0\t\n\r #/:<>?@[\\]^|", 17};
    return all.contains(c)
        || (is_domain && (static_cast<unsigned char>(c) < 0x20 || c == '%' || c == '\x7F'));
}

/// One part of an IPv4 address: decimal, octal or hexadecimal (WHATWG URL §3.5.1).
std::optional<std::uint64_t> parse_number(std::string_view part)
{
    if (part.empty())
        return {};
    int base = 10;
    if (part.size() > 1 && part[0] == '0') {
        base = part[1] == 'x' || part[1] == 'X' ? 16 : 8;
        part.remove_prefix(base == 16 ? 2 : 1);
    }
    if (part.empty())
        return 0;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value, base);
    if (end != part.data() + part.size())
        return {};
    return error == std::errc{} ? value : std::uint64_t{1} << 40;
}

std::vector<std::string_view> split(std::string_view name)
{
    std::vector<std::string_view> parts;
    while (true) {
        const auto dot = name.find('.');
        parts.push_back(name.substr(0, dot));
        if (dot == name.npos)
            break;
        name.remove_prefix(dot + 1);
    }
    if (parts.size() > 1 && parts.back().empty())
        parts.pop_back();
    return parts;
}

bool ends_in_number(const std::vector<std::string_view>& parts)
{
    const auto last = parts.back();
    return (!last.empty() && std::ranges::all_of(last, mail::is_digit))
        || (last.size() > 1 && last[0] == '0' && last[1] == 'x' && parse_number(last));
}

std::optional<std::string> parse_v4(const std::vector<std::string_view>& parts)
{
    if (parts.size() > 4)
        return {};
    std::uint64_t address = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = parse_number(parts[i]);
        const bool is_last = i + 1 == parts.size();
        const std::uint64_t limit = is_last ? std::uint64_t{1} << (8 * (5 - parts.size())) : 256;
        if (!number || *number >= limit)
            return {};
        address += is_last ? *number : *number << (8 * (3 - i));
    }
    std::string text;
    for (const int shift : {24, 16, 8, 0})
        text += (shift == 24 ? "" : ".") + std::to_string(address >> shift & 255);
    return text;
}

/// RFC 5952 without IPv4 notation, as WHATWG URL §3.6 serialises.
std::string serialise_v6(const std::array<std::uint16_t, 8>& pieces)
{
    std::size_t best = 8, longest = 1;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t run = 0;
        while (i + run < 8 && pieces[i + run] == 0)
            ++run;
        if (run > longest) {
            best = i;
            longest = run;
        }
    }
    std::string text = "[";
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == best) {
            text += i == 0 ? "::" : ":";
            i += longest - 1;
            continue;
        }
        std::array<char, 4> digits{};
        const auto end = std::to_chars(digits.begin(), digits.end(), pieces[i], 16).ptr;
        text.append(digits.begin(), end);
        if (i < 7)
            text += ':';
    }
    return text + "]";
}

std::optional<std::string> parse_v6(std::string_view written)
{
    std::array<unsigned char, 16> octets{};
    if (inet_pton(AF_INET6, std::string{written}.c_str(), octets.data()) != 1)
        return {};
    std::array<std::uint16_t, 8> pieces{};
    for (std::size_t i = 0; i < 8; ++i)
        pieces[i] = static_cast<std::uint16_t>(octets[2 * i] << 8 | octets[2 * i + 1]);
    return serialise_v6(pieces);
}

std::optional<std::string> to_ascii(std::string_view name)
{
    static UIDNA* const idna = [] {
        UErrorCode error = U_ZERO_ERROR;
        return uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ
                                   | UIDNA_NONTRANSITIONAL_TO_ASCII
                                   | UIDNA_NONTRANSITIONAL_TO_UNICODE,
                               &error);
    }();
    constexpr std::uint32_t harmless = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG
        | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN
        | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
    std::string ascii(2 * longest_host, '\0');
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    const auto length
        = uidna_nameToASCII_UTF8(idna, name.data(), static_cast<int>(name.size()), ascii.data(),
                                 static_cast<int>(ascii.size()), &info, &error);
    if (U_FAILURE(error) || (info.errors & ~harmless) != 0 || length <= 0)
        return {};
    ascii.resize(static_cast<std::size_t>(length));
    return ascii;
}

/// Some character of the name is not what people see: it maps to ASCII or to nothing.
bool has_disguise(std::string_view name)
{
    UErrorCode error = U_ZERO_ERROR;
    const auto* const folding = unorm2_getNFKCCasefoldInstance(&error);
    while (!name.empty()) {
        const auto c = mail::first_character(name);
        name.remove_prefix(c.length);
        if (c.value < 0x80)
            continue;
        std::array<UChar, 32> mapped{};
        error = U_ZERO_ERROR;
        const int length = unorm2_getDecomposition(folding, static_cast<UChar32>(c.value),
                                                   mapped.data(), mapped.size(), &error);
        const auto shown = std::span{mapped}.first(static_cast<std::size_t>(std::max(length, 0)));
        if (length >= 0 && std::ranges::all_of(shown, [](UChar unit) { return unit < 0x80; }))
            return true;
        if (c.value == 0x3002 || c.value == 0xFF0E || c.value == 0xFF61)
            return true;
    }
    return false;
}
}

std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0
            && hex_digit(text[i + 2]) >= 0;
        if (is_escape) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else
            out += text[i];
    }
    return out;
}

void append_percent(std::string& out, char c)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto octet = static_cast<unsigned char>(c);
    ((out += '%') += digits[octet >> 4]) += digits[octet & 15];
}

std::optional<UrlHost> parse_url_host(std::string_view written)
{
    if (written.empty() || written.size() > longest_host)
        return {};
    UrlHost host;
    if (written.front() == '[') {
        auto address = written.ends_with(']') ? parse_v6(written.substr(1, written.size() - 2))
                                              : std::nullopt;
        if (!address)
            return {};
        host.name = std::move(*address);
        host.is_address = true;
        return host;
    }
    std::string name = percent_decoded(written);
    host.is_odd = name != written;
    if (mail::is_ascii(name)) {
        std::ranges::transform(name, name.begin(), mail::to_lower);
        if (name.contains("xn--") && !to_ascii(name))
            return {};
    } else {
        host.is_odd = host.is_odd || has_disguise(name);
        auto ascii = to_ascii(name);
        if (!ascii)
            return {};
        name = std::move(*ascii);
    }
    if (name.empty() || std::ranges::any_of(name, [](char c) { return is_forbidden(c, true); }))
        return {};
    const auto parts = split(name);
    if (ends_in_number(parts)) {
        auto address = parse_v4(parts);
        if (!address)
            return {};
        host.is_address = true;
        host.is_odd_address = *address != written;
        name = std::move(*address);
    }
    host.name = std::move(name);
    return host;
}

std::optional<UrlHost> parse_opaque_host(std::string_view written)
{
    if (written.starts_with('['))
        return parse_url_host(written);
    UrlHost host;
    for (const char c : written) {
        if (is_forbidden(c, false))
            return {};
        if (c > ' ' && c <= '~')
            host.name += c;
        else
            append_percent(host.name, c);
    }
    return host;
}
}
