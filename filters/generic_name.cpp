// SPDX-License-Identifier: Apache-2.0
#include "filters/generic_name.hpp"
#include "gateway/mail/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace filters {
namespace {
constexpr std::array<std::string_view, 15> line_words{
    "dynamic", "dyn",  "dynip", "dialup", "dial", "dhcp",  "ppp",      "pppoe",
    "adsl",    "vdsl", "dsl",   "xdsl",   "pool", "cable", "broadband"};
constexpr std::array<std::string_view, 13> server_words{
    "mail",    "mx",     "smtp",   "mta",    "relay", "out",    "outbound",
    "mailout", "mailer", "static", "server", "srv",   "postfix"};

/// Runs of letters and runs of digits of the host's part: all labels but the last two.
std::vector<std::string_view> words_of(std::string_view name)
{
    auto end = name.rfind('.');
    end = end == name.npos || end == 0 ? name.npos : name.rfind('.', end - 1);
    name = name.substr(0, end == name.npos ? 0 : end);
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < name.size();) {
        const bool is_number = mail::is_digit(name[at]);
        std::size_t size = 0;
        while (at + size < name.size() && mail::is_alphanumeric(name[at + size])
               && mail::is_digit(name[at + size]) == is_number)
            ++size;
        if (size > 0)
            words.push_back(name.substr(at, size));
        at += std::max<std::size_t>(size, 1);
    }
    return words;
}

bool is_one_of(std::string_view word, const auto& list)
{
    return std::ranges::find(list, word) != list.end();
}

/// Three or more octets of the address stand in the name, or all of it in one run.
bool spells_v4(std::string_view name, const std::vector<std::string_view>& words,
               const mail::Ip& ip)
{
    const auto& b = ip.bytes();
    std::array<std::string, 4> octets;
    std::ptrdiff_t found = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        octets[i] = std::to_string(b[12 + i]);
        const auto padded = fmt::format("{:03}", b[12 + i]);
        const auto times = std::ranges::count_if(
            words, [&](std::string_view word) { return word == octets[i] || word == padded; });
        const auto same_before
            = std::count(octets.begin(), octets.begin() + static_cast<int>(i), octets[i]);
        found += times > same_before ? 1 : 0;
    }
    const auto hex = fmt::format("{:02x}{:02x}{:02x}{:02x}", b[12], b[13], b[14], b[15]);
    const auto run = fmt::format("{:03}{:03}{:03}{:03}", b[12], b[13], b[14], b[15]);
    return found >= 3 || name.contains(hex) || name.contains(run);
}

/// The last 64 bits stand in the name, with or without divisions.
bool spells_v6(std::string_view name, const mail::Ip& ip)
{
    std::string plain;
    for (const char c : name)
        if (c != '-' && c != '.' && c != ':')
            plain.push_back(c);
    std::string half;
    for (std::size_t i = 8; i < 16; ++i)
        half += fmt::format("{:02x}", ip.bytes()[i]);
    return plain.contains(half);
}
}

bool is_generic_name(std::string_view name, const mail::Ip& ip)
{
    const auto words = words_of(name);
    if (std::ranges::any_of(words, [](auto word) { return is_one_of(word, server_words); }))
        return false;
    return std::ranges::any_of(words, [](auto word) { return is_one_of(word, line_words); })
        || (ip.is_v4() ? spells_v4(name, words, ip) : spells_v6(name, ip));
}
}
