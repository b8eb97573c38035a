// SPDX-License-Identifier: Apache-2.0
#include "filters/content/text.hpp"

#include "filters/content/charset_guess.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/charset.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>

namespace filters::content {
namespace {
constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Mark {
    std::string_view octets;
    std::string_view charset;
};
constexpr std::array<Mark, 5> marks{{
    {"\xEF\xBB\xBF", "utf-8"},
    {std::string_view{"\xFF\xFE\0\0", 4}, "utf-32le"},
    {std::string_view{"\0\0\xFE\xFF", 4}, "utf-32be"},
    {"\xFF\xFE", "utf-16le"},
    {"\xFE\xFF", "utf-16be"},
}};

std::string normal_name(std::string_view declared)
{
    std::string name;
    for (const char c : declared.substr(0, 64))
        if (c > ' ' && c != '"' && c != '\'')
            name += mail::to_lower(c);
    if (name == "utf8" || name == "unicode-1-1-utf-8")
        return "utf-8";
    if (name == "ascii" || name == "us-ascii" || name == "ansi_x3.4-1968" || name == "646"
        || name.starts_with("unknown") || name.starts_with("x-unknown") || name == "default"
        || name == "_autodetect" || name == "8bit" || name == "7bit" || name == "none")
        return {};
    if (name == "sjis" || name == "x-sjis" || name == "windows-31j")
        return "shift_jis";
    return name == "utf16" || name == "unicode" ? "utf-16" : name;
}

bool is_wide(std::string_view charset)
{
    return charset.starts_with("utf-16") || charset.starts_with("utf-32")
        || charset.starts_with("ucs-") || charset.starts_with("iso-10646");
}

// Charsets in which every row of octets is some text, so that decoding shows no lie.
bool takes_everything(std::string_view charset)
{
    return charset.starts_with("windows-12") || charset.starts_with("iso-8859-")
        || charset.starts_with("koi8") || charset == "latin1" || charset.starts_with("cp12");
}

std::size_t count(std::string_view text, std::string_view what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string_view::npos;
         at = text.find(what, at + what.size()))
        ++found;
    return found;
}

// Whether the decoded text shows that the declaration was a lie: one in twenty octets beyond ASCII
// (one in a hundred characters of a wide charset) was no character.
bool is_mostly_wrong(std::string_view utf8, std::string_view bytes, std::string_view charset)
{
    const std::size_t wrong = count(utf8, replacement);
    if (wrong == 0)
        return false;
    if (is_wide(charset))
        return wrong * 100 > bytes.size();
    const auto beyond = static_cast<std::size_t>(
        std::ranges::count_if(bytes, [](char c) { return (c & 0x80) != 0; }));
    return wrong * 20 > beyond;
}

void cut(Text& text, std::size_t limit)
{
    if (text.utf8.size() <= limit)
        return;
    std::size_t end = limit;
    while (end > 0 && (text.utf8[end] & 0xC0) == 0x80)
        --end;
    text.utf8.resize(end);
    text.is_cut = true;
}

// The charset to try first, and whether it was made up.
std::string first_choice(std::string_view bytes, std::string name, bool& is_guessed)
{
    const bool has_high = !mail::is_ascii(bytes);
    const bool is_plain = !has_high && !bytes.contains('\x1B') && !bytes.contains('\0');
    if (name.empty()) {
        is_guessed = !is_plain;
        return is_plain ? "us-ascii" : guess_charset(bytes);
    }
    if (is_wide(name) && is_plain) {
        is_guessed = true;
        return "us-ascii";
    }
    if (name == "utf-16" || name == "ucs-2" || name == "iso-10646-ucs-2") {
        auto by_zeros = guess_utf16(bytes);
        return by_zeros.empty() ? "utf-16be" : by_zeros;
    }
    if (takes_everything(name)) {
        const bool is_lie = has_high && mail::is_utf8(bytes);
        is_guessed = is_lie || (!has_high && bytes.contains('\x1B'));
        return is_lie ? "utf-8" : is_guessed ? guess_charset(bytes) : name;
    }
    return name;
}
}

Text to_utf8(std::string_view bytes, std::string_view declared_charset, std::size_t limit)
{
    Text text;
    std::string name = normal_name(declared_charset);
    const auto* mark = std::ranges::find_if(
        marks, [&](const Mark& candidate) { return bytes.starts_with(candidate.octets); });
    if (mark != marks.end()) {
        bytes.remove_prefix(mark->octets.size());
        name = mark->charset;
    }
    // A character of UTF-8 takes at least half of what it takes in UTF-16, a quarter of UTF-32.
    const std::size_t enough = limit * (is_wide(name) || name.empty() ? 4 : 2) + 64;
    text.is_cut = bytes.size() > enough;
    bytes = bytes.substr(0, enough);
    text.charset = mark != marks.end() ? name : first_choice(bytes, name, text.is_guessed);
    const bool is_known = mail::append_decoded(text.utf8, text.charset, bytes);
    if (!is_known || (!text.is_guessed && is_mostly_wrong(text.utf8, bytes, text.charset))) {
        text.utf8.clear();
        text.charset = guess_charset(bytes);
        text.is_guessed = true;
        if (!mail::append_decoded(text.utf8, text.charset, bytes))
            mail::append_decoded(text.utf8, text.charset = "windows-1252", bytes);
    }
    cut(text, limit);
    return text;
}
}
