// SPDX-License-Identifier: Apache-2.0
#include "filters/content/character_reference.hpp"

#include "filters/content/character_names.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace filters::content {
namespace {
struct NamedCharacter {
    std::string_view name, value;
    bool is_semicolon_optional;
};
constexpr std::size_t longest_name = 31; // CounterClockwiseContourIntegral
constexpr std::size_t longest_without_semicolon = 6;

class NamedCharacters {
public:
    NamedCharacters()
    {
        std::string_view rest = character_name_table();
        while (!rest.empty()) {
            const auto mark = rest.find_first_of("!=");
            const auto end = rest.find(' ', mark);
            all_.push_back(
                {rest.substr(0, mark), rest.substr(mark + 1, end - mark - 1), rest[mark] == '!'});
            rest.remove_prefix(end + 1);
        }
        for (std::size_t i = all_.size(); i-- > 0;)
            first_[static_cast<unsigned char>(all_[i].name.front())] = i;
        for (std::size_t c = first_.size() - 1; c-- > 0;)
            if (first_[c] == none)
                first_[c] = first_[c + 1];
    }

    const NamedCharacter* find(std::string_view name) const
    {
        const auto c = static_cast<unsigned char>(name.front());
        const auto begin = all_.begin() + static_cast<std::ptrdiff_t>(first_[c]);
        const auto end = all_.begin() + static_cast<std::ptrdiff_t>(first_[c + 1U]);
        const auto found = std::ranges::lower_bound(begin, end, name, {}, &NamedCharacter::name);
        return found != end && found->name == name ? &*found : nullptr;
    }

private:
    static constexpr std::size_t none = 2125;
    std::vector<NamedCharacter> all_;
    std::array<std::size_t, 129> first_ = [] {
        std::array<std::size_t, 129> all{};
        all.fill(none);
        return all;
    }();
};

const NamedCharacters& named_characters()
{
    static const NamedCharacters all;
    return all;
}

int hex_digit(char c)
{
    if (mail::is_digit(c))
        return c - '0';
    const char lower = mail::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// WHATWG's table of windows-1252 characters for numbers 0x80 to 0x9F.
char32_t corrected(std::uint32_t number)
{
    static constexpr std::array<char32_t, 32> windows{
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    if (number >= 0x80 && number <= 0x9F)
        return windows[number - 0x80];
    return number == 0 ? 0xFFFD : number;
}

/// Reads "#123;" or "#x7B;" behind an ampersand; 0 octets: it is no reference.
std::size_t read_number(std::string& out, std::string_view text)
{
    const bool is_hexadecimal = text.size() > 1 && (text[1] == 'x' || text[1] == 'X');
    const std::size_t start = is_hexadecimal ? 2 : 1;
    std::size_t i = start;
    std::uint32_t number = 0;
    for (; i < text.size(); ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0 || (!is_hexadecimal && digit > 9))
            break;
        number = std::min<std::uint32_t>(
            number * (is_hexadecimal ? 16 : 10) + static_cast<std::uint32_t>(digit), 0x110000);
    }
    if (i == start)
        return 0;
    append_character(out, corrected(number));
    return i + (i < text.size() && text[i] == ';' ? 1 : 0);
}

std::size_t read_name(std::string& out, std::string_view text, ReferencePlace place)
{
    std::size_t run = 0;
    while (run < text.size() && run <= longest_name && mail::is_alphanumeric(text[run]))
        ++run;
    if (run == 0)
        return 0;
    if (run < text.size() && text[run] == ';')
        if (const auto* found = named_characters().find(text.substr(0, run))) {
            out += found->value;
            return run + 1;
        }
    for (std::size_t n = std::min(run, longest_without_semicolon); n >= 2; --n) {
        const auto* found = named_characters().find(text.substr(0, n));
        if (found == nullptr || !found->is_semicolon_optional)
            continue;
        if (place == ReferencePlace::attribute && n < text.size()
            && (text[n] == '=' || mail::is_alphanumeric(text[n])))
            return 0;
        out += found->value;
        return n;
    }
    return 0;
}
}

void append_character(std::string& out, char32_t c)
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    const auto octet = [&](char32_t value) { out += static_cast<char>(value); };
    const auto trail = [&](unsigned shift) { octet(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80)
        return octet(c);
    if (c < 0x800)
        octet(0xC0 | (c >> 6));
    else {
        if (c < 0x10000)
            octet(0xE0 | (c >> 12));
        else {
            octet(0xF0 | (c >> 18));
            trail(12);
        }
        trail(6);
    }
    trail(0);
}

void append_decoded(std::string& out, std::string_view html, ReferencePlace place)
{
    while (true) {
        const auto mark = html.find('&');
        out += html.substr(0, mark);
        if (mark == std::string_view::npos)
            return;
        html.remove_prefix(mark + 1);
        const std::size_t used = html.empty() ? 0
            : html.front() == '#'             ? read_number(out, html)
                                              : read_name(out, html, place);
        if (used == 0)
            out += '&';
        html.remove_prefix(used);
    }
}
}
