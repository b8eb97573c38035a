// SPDX-License-Identifier: Apache-2.0
#include "filters/content/decoration.hpp"

#include "gateway/mail/utf8.hpp"

namespace filters::content {
namespace {
constexpr bool is_between(char32_t c, char32_t first, char32_t last)
{
    return c >= first && c <= last;
}
constexpr bool is_capital(char32_t c) { return is_between(c, 'A', 'Z'); }
constexpr bool is_small(char32_t c) { return is_between(c, 'a', 'z'); }
constexpr bool is_latin(char32_t c)
{
    return is_capital(c) || is_small(c) || (is_between(c, 0xC0, 0x24F) && c != 0xD7 && c != 0xF7);
}
/// Greek and Cyrillic; not "µ" and "Ω", which stand beside Latin letters in units.
constexpr bool is_look_alike_script(char32_t c)
{
    return is_between(c, 0x391, 0x3FF) ? c != 0x3A9 && c != 0x3BC : is_between(c, 0x400, 0x52F);
}
constexpr bool is_letter(char32_t c)
{
    return is_latin(c) || is_between(c, 0x370, 0x52F) || is_between(c, 0x530, 0x1FFF)
        || is_between(c, 0x3041, 0x30FA) || is_between(c, 0x3400, 0x9FFF)
        || is_between(c, 0xAC00, 0xD7A3);
}
constexpr bool is_invisible(char32_t c)
{
    return is_between(c, 0x200B, 0x200F) || is_between(c, 0x2060, 0x2064) || c == 0xFEFF
        || c == 0x34F || c == 0x61C || c == 0x180E || is_between(c, 0xE0000, 0xE007F);
}
constexpr bool is_symbol(char32_t c)
{
    return is_between(c, 0x2190, 0x21FF) || is_between(c, 0x2300, 0x23FF)
        || is_between(c, 0x25A0, 0x27BF) || is_between(c, 0x2900, 0x297F)
        || is_between(c, 0x2B00, 0x2BFF) || is_between(c, 0x1F000, 0x1FAFF) || c == 0x266A
        || c == 0x203C || c == 0x2049;
}
constexpr bool is_line(char32_t c)
{
    return is_between(c, 0x2500, 0x259F) || c == 0x3030 || c == 0xFF0A || c == 0x203B || c == 0xFF1D
        || c == 0x30FB || c == 0x2022 || c == 0x2550;
}
constexpr bool is_styled(char32_t c)
{
    return is_between(c, 0x1D400, 0x1D7FF) || is_between(c, 0x249C, 0x24E9)
        || is_between(c, 0x1F110, 0x1F189);
}

/// Reads one character after the other.
class Reading {
public:
    void take(char32_t c)
    {
        count(c);
        run(c);
        word(c);
    }
    Decoration end()
    {
        end_word();
        return found_;
    }

private:
    void count(char32_t c)
    {
        found_.letters += is_letter(c);
        found_.capitals += is_capital(c);
        found_.small += is_small(c);
        found_.symbols += is_symbol(c) && !is_styled(c);
        found_.exclamations += c == '!' || c == 0xFF01;
        found_.styled += is_styled(c);
    }
    void run(char32_t c)
    {
        constexpr std::size_t least = 4;
        length_ = c == last_ ? length_ + 1 : 1;
        last_ = c;
        if (length_ == least && (is_symbol(c) || is_line(c)))
            ++found_.ornaments;
    }
    void word(char32_t c)
    {
        constexpr std::size_t syllable = 2;
        if (is_invisible(c)) {
            is_open_ = latin_ > 0;
            return;
        }
        if (c == 0xAD) {
            is_open_ = since_ > 0 && since_ < syllable;
            since_ = 0;
            return;
        }
        if (!is_letter(c)) {
            end_word();
            return;
        }
        is_broken_ |= is_open_ && is_latin(c);
        is_open_ = false;
        ++since_;
        latin_ += is_latin(c);
        others_ += is_look_alike_script(c);
    }
    void end_word()
    {
        found_.broken_words += is_broken_;
        found_.mixed_words += latin_ > 0 && others_ > 0 && latin_ + others_ > 3;
        is_broken_ = is_open_ = false;
        latin_ = others_ = since_ = 0;
    }

    Decoration found_;
    char32_t last_ = 0;
    std::size_t length_ = 0, latin_ = 0, others_ = 0, since_ = 0;
    bool is_open_ = false, is_broken_ = false;
};
}

Decoration decoration_of(std::string_view utf8)
{
    Reading reading;
    while (!utf8.empty()) {
        const auto c = mail::first_character(utf8);
        reading.take(c.value);
        utf8.remove_prefix(c.length);
    }
    return reading.end();
}
}
