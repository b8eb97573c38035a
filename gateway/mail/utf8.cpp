// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/utf8.hpp"

#include "gateway/mail/ascii.hpp"

namespace mail {
namespace {
struct Lead {
    std::size_t length;
    unsigned char lowest; // of the second octet
    unsigned char highest;
};

// RFC 3629 §4: the second octet's range excludes overlong forms and surrogates.
Lead lead_of(unsigned char octet)
{
    if (octet >= 0xC2 && octet <= 0xDF)
        return {2, 0x80, 0xBF};
    if (octet >= 0xE0 && octet <= 0xEF)
        return {3, static_cast<unsigned char>(octet == 0xE0 ? 0xA0 : 0x80),
                static_cast<unsigned char>(octet == 0xED ? 0x9F : 0xBF)};
    if (octet >= 0xF0 && octet <= 0xF4)
        return {4, static_cast<unsigned char>(octet == 0xF0 ? 0x90 : 0x80),
                static_cast<unsigned char>(octet == 0xF4 ? 0x8F : 0xBF)};
    return {1, 0, 0};
}
}

Utf8Character first_character(std::string_view text)
{
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (octet(0) < 0x80)
        return {octet(0), 1, true};
    const Lead lead = lead_of(octet(0));
    char32_t value = octet(0) & (0x7FU >> lead.length);
    std::size_t at = 1;
    for (; at < lead.length && at < text.size(); ++at) {
        const bool fits = at == 1 ? octet(1) >= lead.lowest && octet(1) <= lead.highest
                                  : (octet(at) & 0xC0U) == 0x80;
        if (!fits)
            break;
        value = (value << 6) | (octet(at) & 0x3FU);
    }
    if (lead.length == 1 || at < lead.length)
        return {0xFFFD, at, false};
    return {value, at, true};
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const auto character = first_character(text);
        if (!character.is_valid)
            return false;
        text.remove_prefix(character.length);
    }
    return true;
}

void append_utf8(std::string& out, std::string_view text)
{
    if (is_ascii(text)) {
        out += text;
        return;
    }
    while (!text.empty()) {
        const auto character = first_character(text);
        out += character.is_valid ? text.substr(0, character.length) : "\xEF\xBF\xBD";
        text.remove_prefix(character.length);
    }
}
}
