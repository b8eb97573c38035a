// SPDX-License-Identifier: Apache-2.0
#include "filters/content/css.hpp"

#include "filters/content/character_reference.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

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

/// A number and its unit; nothing else stands there.
std::optional<Length> parse_length(std::string_view text)
{
    constexpr std::array<std::string_view, 17> units{"",   "px", "em", "rem",  "%",   "pt",
                                                     "pc", "in", "cm", "mm",   "q",   "ex",
                                                     "ch", "vw", "vh", "vmin", "vmax"};
    Length length;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), length.value).ptr;
    if (end == text.data())
        return {};
    length.unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (std::ranges::find(units, length.unit) == units.end())
        return {};
    return length;
}

/// In pixels, a percentage taken of something of 800. Without a unit only 0 has a meaning.
std::optional<float> parse_pixels(std::string_view text)
{
    const auto length = parse_length(text);
    if (!length || (length->unit.empty() && length->value != 0))
        return {};
    const auto is = [&](std::string_view unit) { return length->unit == unit; };
    const float scale = is("em") || is("rem") || is("pc")  ? 16
        : is("%") || is("ex") || is("ch") || is("q")       ? 8
        : is("vw") || is("vh") || is("vmin") || is("vmax") ? 8
        : is("pt")                                         ? 4.0F / 3
        : is("in")                                         ? 96
        : is("cm")                                         ? 37.8F
        : is("mm")                                         ? 3.78F
                                                           : 1;
    return length->value * scale;
}

void read_font_size(Style& style, std::string_view value)
{
    const auto length = parse_length(value);
    const auto pixels = parse_pixels(value);
    if (!pixels || *pixels < 0)
        return;
    if (length->unit == "em" || length->unit == "%") {
        style.font_pixels.reset();
        style.font_factor = length->value * (length->unit == "%" ? 0.01F : 1);
        return;
    }
    style.font_factor.reset();
    style.font_pixels = pixels;
}

/// "ffffff" is a colour in attributes alone.
std::optional<Colour> read_colour(std::string_view value)
{
    const bool is_hexadecimal
        = value.size() == 6 && value.find_first_not_of("0123456789abcdef") == value.npos;
    return is_hexadecimal ? std::nullopt : parse_colour(value);
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
        if (const auto colour = read_colour(word))
            style.background = colour;
    });
}

/// Size and family at least: "bold 0/0 a".
void read_font(Style& style, std::string_view value)
{
    std::string_view size;
    bool has_family = false;
    each_word(value, [&](std::string_view word) {
        const bool is_number = mail::is_digit(word.front()) || word.front() == '.';
        if (size.empty() && is_number && (word.size() != 3 || !word.ends_with("00"))) // a weight
            size = word;
        else
            has_family = has_family || (!size.empty() && !is_number);
    });
    if (has_family)
        read_font_size(style, size);
}

/// "rect(1px, 1px, 1px, 1px)" and the like: nothing is left between the edges.
bool is_nothing_left(std::string_view value)
{
    if (value == "inset(100%)" || value == "inset(50%)" || value == "circle(0)")
        return true;
    constexpr std::string_view name = "rect(";
    if (!value.starts_with(name) || !value.ends_with(')'))
        return false;
    std::vector<float> edges; // top, right, bottom, left
    each_word(value.substr(name.size(), value.size() - name.size() - 1),
              [&](std::string_view word) { edges.push_back(parse_pixels(word).value_or(1e6F)); });
    return edges.size() == 4 && (edges[2] - edges[0] < 2 || edges[1] - edges[3] < 2)
        && std::ranges::max(edges) < 1e6F;
}

void read_way(Style& style, Style::Way way, bool does_hide)
{
    style.declared_ways |= way;
    style.ways = static_cast<std::uint16_t>(does_hide ? style.ways | way : style.ways & ~way);
}

void read_place(Style& style, std::string_view name, std::string_view value)
{
    using Way = Style::Way;
    struct Named {
        std::string_view name;
        Way way;
    };
    constexpr std::array<Named, 7> moves{{{"left", Way::left},
                                          {"top", Way::top},
                                          {"right", Way::right},
                                          {"text-indent", Way::indent},
                                          {"margin-left", Way::margin_left},
                                          {"margin-top", Way::margin_top},
                                          {"margin", Way::margin_left}}};
    constexpr std::array<Named, 6> sizes{{{"width", Way::width},
                                          {"height", Way::height},
                                          {"max-width", Way::max_width},
                                          {"max-height", Way::max_height},
                                          {"min-width", Way::width},
                                          {"min-height", Way::height}}};
    const auto pixels = parse_pixels(value);
    if (const auto* move = std::ranges::find(moves, name, &Named::name); move != moves.end())
        return read_way(style, move->way, pixels && *pixels <= out_of_sight);
    if (const auto* size = std::ranges::find(sizes, name, &Named::name); size != sizes.end()) {
        const bool is_zero = pixels && *pixels >= 0 && *pixels < 0.5F;
        if (!name.starts_with("min-") || !is_zero)
            read_way(style, size->way, is_zero);
    } else if (name == "clip" || name == "clip-path") {
        read_way(style, name == "clip" ? Way::clip : Way::clip_path, is_nothing_left(value));
    } else if (name == "transform") {
        read_way(style, Way::transform,
                 value == "scale(0)" || value == "scale(0,0)" || value == "scale(0, 0)");
    } else if (name == "position") {
        const bool is_absolute = value == "absolute" || value == "fixed";
        style.position = is_absolute                   ? Style::Position::absolute
            : value == "relative" || value == "sticky" ? Style::Position::relative
                                                       : Style::Position::in_flow;
    }
}

void read_declaration(Style& style, std::string_view name, std::string_view value)
{
    if (name == "display") {
        style.is_displayed = value != "none";
        style.is_box = value != "inline" && value != "contents";
    } else if (name == "visibility")
        style.is_visible = value != "hidden" && value != "collapse";
    else if (name == "opacity") {
        const auto part = parse_length(value);
        style.is_see_through = part && part->value < (part->unit == "%" ? 5.0F : 0.05F)
            && (part->unit.empty() || part->unit == "%");
    } else if (name == "overflow")
        style.cuts_overflow = value == "hidden" || value == "clip";
    else if (name == "font-size")
        read_font_size(style, value);
    else if (name == "font")
        read_font(style, value);
    else if (name == "color")
        style.colour = read_colour(value);
    else if (name == "background-color")
        style.background = read_colour(value);
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
    return !is_displayed && !is_box && !position && !is_visible && !is_see_through && !cuts_overflow
        && declared_ways == 0 && !font_pixels && !font_factor && !colour && !background
        && !has_background_picture;
}

void Style::merge(const Style& later)
{
    take(is_displayed, later.is_displayed);
    take(is_box, later.is_box);
    take(position, later.position);
    take(is_visible, later.is_visible);
    take(is_see_through, later.is_see_through);
    take(cuts_overflow, later.cuts_overflow);
    ways = static_cast<std::uint16_t>((ways & ~later.declared_ways) | later.ways);
    declared_ways |= later.declared_ways;
    if (later.font_pixels || later.font_factor) {
        font_pixels = later.font_pixels;
        font_factor = later.font_factor;
    }
    take(colour, later.colour);
    take(background, later.background);
    take(has_background_picture, later.has_background_picture);
}

Style Style::showing() const
{
    Style style;
    const auto only = [](const std::optional<bool>& declared, bool wanted) {
        return declared == wanted ? declared : std::nullopt;
    };
    style.is_displayed = only(is_displayed, true);
    style.is_box = only(is_box, false);
    if (position == Position::in_flow)
        style.position = position;
    style.is_visible = only(is_visible, true);
    style.is_see_through = only(is_see_through, false);
    style.cuts_overflow = only(cuts_overflow, false);
    style.declared_ways = static_cast<std::uint16_t>(declared_ways & ~ways);
    constexpr float legible = 4;
    if (font_pixels > legible)
        style.font_pixels = font_pixels;
    if (colour || background || has_background_picture)
        style.has_background_picture = true; // nobody knows what stands on what
    return style;
}

bool Style::is_a_box(bool by_itself) const
{
    return position == Position::absolute || is_box.value_or(by_itself);
}

bool Style::is_away(bool is_box_by_itself) const
{
    unsigned which = margin_left | clip_path;
    if (position && *position != Position::in_flow)
        which |= left | top | right;
    if (position == Position::absolute)
        which |= clip;
    if (is_a_box(is_box_by_itself))
        which |= indent | margin_top | transform;
    return (ways & which) != 0;
}

bool Style::has_no_size(bool is_box_by_itself) const
{
    constexpr unsigned sizes = width | height | max_width | max_height;
    return (ways & sizes) != 0 && cuts_overflow.value_or(false) && is_a_box(is_box_by_itself);
}

Declarations parse_declarations(std::string_view css)
{
    Declarations all;
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
        const auto mark = value.rfind('!');
        const bool is_marked = mark != value.npos;
        if (is_marked && mail::trimmed(value.substr(mark + 1)) != "important")
            continue;
        value = mail::trimmed(value.substr(0, mark));
        read_declaration(is_marked ? all.important : all.normal,
                         mail::trimmed(declaration.substr(0, colon)), value);
    }
    return all;
}
}
