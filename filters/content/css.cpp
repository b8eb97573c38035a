// SPDX-License-Identifier: Apache-2.0
#include "filters/content/css.hpp"

#include "filters/content/character_reference.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace filters::content {
namespace {
constexpr std::string_view blanks = " \t\r\n\f";
constexpr float out_of_sight = -400;

/// Without comments, escapes ("d\69 splay") resolved, in lower case.
std::string cleaned(std::string_view css)
{
    std::string out;
    out.reserve(css.size());
    for (std::size_t i = 0; i < css.size(); ++i) {
        if (css[i] == '/' && i + 1 < css.size() && css[i + 1] == '*') {
            const auto end = css.find("*/", i + 2);
            if (end == css.npos)
                break;
            i = end + 1;
        } else if (css[i] == '\\' && i + 1 < css.size()) {
            unsigned value = 0;
            const char* const start = css.data() + i + 1;
            const char* const last = start + std::min<std::size_t>(6, css.size() - i - 1);
            const char* const end = std::from_chars(start, last, value, 16).ptr;
            if (end == start) {
                out += mail::to_lower(css[++i]);
                continue;
            }
            append_character(
                out,
                value < 0x80 ? static_cast<unsigned char>(mail::to_lower(static_cast<char>(value)))
                             : value);
            i += static_cast<std::size_t>(end - start);
            if (i + 1 < css.size() && blanks.contains(css[i + 1]))
                ++i;
        } else
            out += mail::to_lower(css[i]);
    }
    return out;
}

/// Up to the first of `marks` outside of quotes and brackets.
std::size_t find_outside(std::string_view text, std::string_view marks)
{
    char quote = 0;
    int brackets = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '(')
            ++brackets;
        else if (c == ')')
            brackets = std::max(0, brackets - 1);
        else if (brackets == 0 && marks.contains(c))
            return i;
    }
    return text.size();
}

struct Length {
    float value = 0;
    std::string_view unit;
};

std::optional<Length> parse_length(std::string_view text)
{
    Length length;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), length.value).ptr;
    if (end == text.data())
        return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    length.unit = mail::trimmed(text);
    return length;
}

bool is_zero(std::string_view value)
{
    const auto length = parse_length(value);
    return length && length->value < 0.5F;
}

bool is_far(std::string_view value)
{
    const auto length = parse_length(value);
    const float scale = !length                        ? 0
        : length->unit == "em"                         ? 16
        : length->unit == "%" || length->unit == "rem" ? 8
                                                       : 1;
    return length && length->value * scale <= out_of_sight;
}

void read_font_size(Style& style, std::string_view value)
{
    const auto length = parse_length(value);
    if (!length)
        return;
    if (length->unit.starts_with("em") || length->unit.starts_with('%')) {
        style.font_pixels.reset();
        style.font_factor = length->value * (length->unit.starts_with('%') ? 0.01F : 1);
        return;
    }
    const float scale = length->unit.starts_with("rem") ? 16
        : length->unit.starts_with("pt")                ? 4.0F / 3
        : length->unit.starts_with("in")                ? 96
        : length->unit.starts_with("cm")                ? 37.8F
                                                        : 1;
    style.font_factor.reset();
    style.font_pixels = length->value * scale;
}

/// The first word of a shorthand that has the shape of what is looked for.
template <typename Take> void each_word(std::string_view value, Take take)
{
    while (!value.empty()) {
        const auto end = find_outside(value, " \t\r\n\f,/");
        if (end > 0)
            take(value.substr(0, end));
        value.remove_prefix(std::min(value.size(), end + 1));
    }
}

void read_background(Style& style, std::string_view value)
{
    const bool has_picture = value.contains("url(") || value.contains("gradient(");
    style.has_background_picture = has_picture;
    each_word(value, [&](std::string_view word) {
        if (const auto colour = parse_colour(word))
            style.background = colour;
    });
}

void read_font(Style& style, std::string_view value)
{
    each_word(value, [&](std::string_view word) {
        if (!style.font_pixels && mail::is_digit(word.front())
            && (word.size() != 3 || !word.ends_with("00"))) // a weight
            read_font_size(style, word);
    });
}

void read_place(Style& style, std::string_view name, std::string_view value)
{
    if (name == "left" || name == "top" || name == "text-indent" || name == "margin-left"
        || name == "margin-top" || name == "right") {
        if (is_far(value))
            style.is_away = true;
    } else if (name == "clip" || name == "clip-path") {
        if (value.starts_with("rect(0") || value.starts_with("rect(1px") || value == "inset(100%)"
            || value == "inset(50%)")
            style.is_away = true;
    } else if (name == "transform") {
        if (value.starts_with("scale(0)") || value.starts_with("scale(0,"))
            style.is_away = true;
    } else if (name == "height" || name == "width" || name == "max-height" || name == "max-width") {
        if (is_zero(value))
            style.has_zero_size = true;
        else if (!style.has_zero_size)
            style.has_zero_size = false;
    }
}

void read_declaration(Style& style, std::string_view name, std::string_view value)
{
    if (name == "display")
        style.is_displayed = !value.starts_with("none");
    else if (name == "visibility")
        style.is_visible = !value.starts_with("hidden") && !value.starts_with("collapse");
    else if (name == "opacity") {
        const auto length = parse_length(value);
        style.is_see_through = length && length->value < 0.05F;
    } else if (name == "overflow")
        style.cuts_overflow = value.starts_with("hidden") || value.starts_with("clip");
    else if (name == "font-size")
        read_font_size(style, value);
    else if (name == "font")
        read_font(style, value);
    else if (name == "color" || name == "-webkit-text-fill-color")
        style.colour = parse_colour(value);
    else if (name == "background-color")
        style.background = parse_colour(value);
    else if (name == "background" || name == "background-image")
        read_background(style, value);
    else
        read_place(style, name, value);
}

template <typename T> void take(std::optional<T>& mine, const std::optional<T>& later)
{
    if (later)
        mine = later;
}
}

bool Style::is_empty() const
{
    return !is_displayed && !is_visible && !is_see_through && !is_away && !has_zero_size
        && !cuts_overflow && !font_pixels && !font_factor && !colour && !background
        && !has_background_picture;
}

void Style::merge(const Style& later)
{
    take(is_displayed, later.is_displayed);
    take(is_visible, later.is_visible);
    take(is_see_through, later.is_see_through);
    take(is_away, later.is_away);
    take(has_zero_size, later.has_zero_size);
    take(cuts_overflow, later.cuts_overflow);
    if (later.font_pixels || later.font_factor) {
        font_pixels = later.font_pixels;
        font_factor = later.font_factor;
    }
    take(colour, later.colour);
    take(background, later.background);
    take(has_background_picture, later.has_background_picture);
}

Style parse_declarations(std::string_view css)
{
    Style style;
    const std::string clean = cleaned(css);
    std::string_view rest = clean;
    while (!rest.empty()) {
        const auto end = find_outside(rest, ";");
        const auto declaration = rest.substr(0, end);
        rest.remove_prefix(std::min(rest.size(), end + 1));
        const auto colon = declaration.find(':');
        if (colon == declaration.npos)
            continue;
        auto value = declaration.substr(colon + 1);
        value = mail::trimmed(value.substr(0, value.rfind('!')));
        read_declaration(style, mail::trimmed(declaration.substr(0, colon)), value);
    }
    return style;
}
}
