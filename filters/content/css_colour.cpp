// SPDX-License-Identifier: Apache-2.0
#include "filters/content/css.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace filters::content {
namespace {
struct NamedColour {
    std::string_view name;
    std::uint32_t value;
};
// clang-format off
constexpr std::array named_colours = std::to_array<NamedColour>({
    {"aliceblue", 0xf0f8ff}, {"antiquewhite", 0xfaebd7}, {"aqua", 0x00ffff},
    {"aquamarine", 0x7fffd4}, {"azure", 0xf0ffff}, {"beige", 0xf5f5dc}, {"bisque", 0xffe4c4},
    {"black", 0x000000}, {"blanchedalmond", 0xffebcd}, {"blue", 0x0000ff},
    {"blueviolet", 0x8a2be2}, {"brown", 0xa52a2a}, {"burlywood", 0xdeb887},
    {"cadetblue", 0x5f9ea0}, {"chartreuse", 0x7fff00}, {"chocolate", 0xd2691e},
    {"coral", 0xff7f50}, {"cornflowerblue", 0x6495ed}, {"cornsilk", 0xfff8dc},
    {"crimson", 0xdc143c}, {"cyan", 0x00ffff}, {"darkblue", 0x00008b}, {"darkcyan", 0x008b8b},
    {"darkgoldenrod", 0xb8860b}, {"darkgray", 0xa9a9a9}, {"darkgreen", 0x006400},
    {"darkgrey", 0xa9a9a9}, {"darkkhaki", 0xbdb76b}, {"darkmagenta", 0x8b008b},
    {"darkolivegreen", 0x556b2f}, {"darkorange", 0xff8c00}, {"darkorchid", 0x9932cc},
    {"darkred", 0x8b0000}, {"darksalmon", 0xe9967a}, {"darkseagreen", 0x8fbc8f},
    {"darkslateblue", 0x483d8b}, {"darkslategray", 0x2f4f4f}, {"darkslategrey", 0x2f4f4f},
    {"darkturquoise", 0x00ced1}, {"darkviolet", 0x9400d3}, {"deeppink", 0xff1493},
    {"deepskyblue", 0x00bfff}, {"dimgray", 0x696969}, {"dimgrey", 0x696969},
    {"dodgerblue", 0x1e90ff}, {"firebrick", 0xb22222}, {"floralwhite", 0xfffaf0},
    {"forestgreen", 0x228b22}, {"fuchsia", 0xff00ff}, {"gainsboro", 0xdcdcdc},
    {"ghostwhite", 0xf8f8ff}, {"gold", 0xffd700}, {"goldenrod", 0xdaa520}, {"gray", 0x808080},
    {"green", 0x008000}, {"greenyellow", 0xadff2f}, {"grey", 0x808080}, {"honeydew", 0xf0fff0},
    {"hotpink", 0xff69b4}, {"indianred", 0xcd5c5c}, {"indigo", 0x4b0082}, {"ivory", 0xfffff0},
    {"khaki", 0xf0e68c}, {"lavender", 0xe6e6fa}, {"lavenderblush", 0xfff0f5},
    {"lawngreen", 0x7cfc00}, {"lemonchiffon", 0xfffacd}, {"lightblue", 0xadd8e6},
    {"lightcoral", 0xf08080}, {"lightcyan", 0xe0ffff}, {"lightgoldenrodyellow", 0xfafad2},
    {"lightgray", 0xd3d3d3}, {"lightgreen", 0x90ee90}, {"lightgrey", 0xd3d3d3},
    {"lightpink", 0xffb6c1}, {"lightsalmon", 0xffa07a}, {"lightseagreen", 0x20b2aa},
    {"lightskyblue", 0x87cefa}, {"lightslategray", 0x778899}, {"lightslategrey", 0x778899},
    {"lightsteelblue", 0xb0c4de}, {"lightyellow", 0xffffe0}, {"lime", 0x00ff00},
    {"limegreen", 0x32cd32}, {"linen", 0xfaf0e6}, {"magenta", 0xff00ff}, {"maroon", 0x800000},
    {"mediumaquamarine", 0x66cdaa}, {"mediumblue", 0x0000cd}, {"mediumorchid", 0xba55d3},
    {"mediumpurple", 0x9370db}, {"mediumseagreen", 0x3cb371}, {"mediumslateblue", 0x7b68ee},
    {"mediumspringgreen", 0x00fa9a}, {"mediumturquoise", 0x48d1cc},
    {"mediumvioletred", 0xc71585}, {"midnightblue", 0x191970}, {"mintcream", 0xf5fffa},
    {"mistyrose", 0xffe4e1}, {"moccasin", 0xffe4b5}, {"navajowhite", 0xffdead},
    {"navy", 0x000080}, {"oldlace", 0xfdf5e6}, {"olive", 0x808000}, {"olivedrab", 0x6b8e23},
    {"orange", 0xffa500}, {"orangered", 0xff4500}, {"orchid", 0xda70d6},
    {"palegoldenrod", 0xeee8aa}, {"palegreen", 0x98fb98}, {"paleturquoise", 0xafeeee},
    {"palevioletred", 0xdb7093}, {"papayawhip", 0xffefd5}, {"peachpuff", 0xffdab9},
    {"peru", 0xcd853f}, {"pink", 0xffc0cb}, {"plum", 0xdda0dd}, {"powderblue", 0xb0e0e6},
    {"purple", 0x800080}, {"rebeccapurple", 0x663399}, {"red", 0xff0000},
    {"rosybrown", 0xbc8f8f}, {"royalblue", 0x4169e1}, {"saddlebrown", 0x8b4513},
    {"salmon", 0xfa8072}, {"sandybrown", 0xf4a460}, {"seagreen", 0x2e8b57},
    {"seashell", 0xfff5ee}, {"sienna", 0xa0522d}, {"silver", 0xc0c0c0}, {"skyblue", 0x87ceeb},
    {"slateblue", 0x6a5acd}, {"slategray", 0x708090}, {"slategrey", 0x708090},
    {"snow", 0xfffafa}, {"springgreen", 0x00ff7f}, {"steelblue", 0x4682b4}, {"tan", 0xd2b48c},
    {"teal", 0x008080}, {"thistle", 0xd8bfd8}, {"tomato", 0xff6347}, {"turquoise", 0x40e0d0},
    {"violet", 0xee82ee}, {"wheat", 0xf5deb3}, {"white", 0xffffff}, {"whitesmoke", 0xf5f5f5},
    {"yellow", 0xffff00}, {"yellowgreen", 0x9acd32},
});
// clang-format on

Colour from_number(std::uint32_t value)
{
    return {static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
            static_cast<std::uint8_t>(value)};
}

std::optional<Colour> parse_hexadecimal(std::string_view digits)
{
    std::uint32_t value = 0;
    const auto [end, error]
        = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return {};
    const bool has_alpha = digits.size() == 4 || digits.size() == 8;
    const std::uint32_t alpha = has_alpha ? value & (digits.size() == 4 ? 0xFU : 0xFFU) : 1;
    if (has_alpha)
        value >>= digits.size() == 4 ? 4 : 8;
    if (digits.size() <= 4)
        value = ((value & 0xF00) * 0x1100) | ((value & 0xF0) * 0x110) | ((value & 0xF) * 0x11);
    auto colour = from_number(value);
    colour.is_transparent = alpha == 0;
    return colour;
}

/// "rgb(" and "rgba(" with commas, blanks or slashes between their numbers.
std::optional<Colour> parse_function(std::string_view arguments)
{
    if (arguments.contains(')') && !arguments.ends_with(')'))
        return {};
    std::array<double, 4> values{0, 0, 0, 1};
    std::size_t count = 0;
    while (count < values.size()) {
        const auto start = arguments.find_first_not_of(" ,/\t\r\n");
        if (start == arguments.npos || arguments[start] == ')')
            break;
        arguments.remove_prefix(start);
        double value = 0;
        const auto end
            = std::from_chars(arguments.data(), arguments.data() + arguments.size(), value).ptr;
        if (end == arguments.data())
            return {};
        arguments.remove_prefix(static_cast<std::size_t>(end - arguments.data()));
        if (arguments.starts_with('%')) {
            arguments.remove_prefix(1);
            value *= count == 3 ? 0.01 : 2.55;
        }
        values[count++] = value;
    }
    if (count < 3)
        return {};
    const auto octet = [](double value) {
        return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
    };
    return Colour{octet(values[0]), octet(values[1]), octet(values[2]), values[3] < 0.05};
}
}

bool Colour::is_like(const Colour& other) const
{
    constexpr int least = 16;
    const auto is_near = [](int a, int b) { return std::abs(a - b) < least; };
    return is_transparent
        || (is_near(red, other.red) && is_near(green, other.green) && is_near(blue, other.blue));
}

std::optional<Colour> parse_colour(std::string_view text)
{
    text = mail::trimmed(text);
    if (text.empty() || text.size() > 64)
        return {};
    if (text.front() == '#') {
        const auto digits = text.substr(1);
        return digits.size() == 3 || digits.size() == 4 || digits.size() == 6 || digits.size() == 8
            ? parse_hexadecimal(digits)
            : std::nullopt;
    }
    std::string lower;
    std::ranges::transform(text, std::back_inserter(lower), mail::to_lower);
    for (const std::string_view name : {"rgb(", "rgba("})
        if (lower.starts_with(name))
            return parse_function(std::string_view{lower}.substr(name.size()));
    if (lower == "transparent")
        return Colour{0, 0, 0, true};
    const auto found
        = std::ranges::lower_bound(named_colours, std::string_view{lower}, {}, &NamedColour::name);
    if (found != named_colours.end() && found->name == lower)
        return from_number(found->value);
    return lower.size() == 6 ? parse_hexadecimal(lower) : std::nullopt;
}
}
