// SPDX-License-Identifier: Apache-2.0
#include "filters/content/uuencode.hpp"
#include "filters/content/decoders.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <cstdint>

namespace filters::content {
namespace {
std::uint32_t value_of(char c) { return (static_cast<std::uint32_t>(c) - 32U) & 63U; }

std::string_view without_line_end(std::string_view line)
{
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

// One line of data: its first character counts the octets. Blanks at its end may be gone.
void append_line(std::string& out, std::string_view line)
{
    std::size_t left = value_of(line.front());
    line.remove_prefix(1);
    for (std::size_t at = 0; left > 0; at += 4) {
        std::uint32_t bits = 0;
        for (std::size_t i = at; i < at + 4; ++i)
            bits = bits << 6 | (i < line.size() ? value_of(line[i]) : 0U);
        for (unsigned i = 0; i < 3 && left > 0; ++i, --left)
            out += static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
    }
}
}

std::optional<std::string_view> uuencode_name(std::string_view line)
{
    constexpr std::string_view begin = "begin", blanks = " \t";
    constexpr std::size_t most_digits = 6;
    line = without_line_end(line);
    if (!line.starts_with(begin))
        return {};
    line.remove_prefix(begin.size());
    const auto mode = std::min(line.find_first_not_of(blanks), line.size());
    line.remove_prefix(mode);
    const auto digits = std::min(line.find_first_not_of("01234567"), line.size());
    if (mode == 0 || digits == 0 || digits > most_digits || digits >= line.size()
        || !blanks.contains(line[digits]))
        return {};
    const auto name = mail::trimmed(line.substr(digits));
    return name.empty() ? std::nullopt : std::optional{name};
}

bool is_uuencode_data(std::string_view line)
{
    line = without_line_end(line);
    if (line.empty() || line.front() < ' ' || line.front() > '`')
        return false;
    const std::size_t digits = (value_of(line.front()) + 2) / 3 * 4;
    const bool is_long_enough = line.size() > digits - digits / 2 || digits == 0;
    // Some write one octet of check sum behind it.
    return is_long_enough && line.size() <= digits + 2
        && std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '`'; });
}

Decoded decode_uuencode(std::string_view encoded, std::size_t limit)
{
    Decoded decoded;
    std::string& out = decoded.bytes;
    std::string_view rest = encoded;
    const auto next_line = [&rest] {
        const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
        rest.remove_prefix(line.size());
        return without_line_end(line);
    };
    bool has_begun = false;
    while (!rest.empty() && !has_begun)
        has_begun = uuencode_name(next_line()).has_value();
    if (!has_begun)
        rest = encoded;
    while (!rest.empty() && out.size() <= limit) {
        const auto line = next_line();
        if (line.empty())
            continue;
        if (value_of(line.front()) == 0 || line == "end")
            break;
        append_line(out, line);
    }
    decoded.is_cut = out.size() > limit;
    out.resize(std::min(out.size(), limit));
    return decoded;
}
}
