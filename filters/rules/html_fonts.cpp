// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/html_fonts.hpp"

#include "filters/content/character_reference.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_open = 200, longest_style = 4096;

template <std::size_t count>
bool is_one_of(std::string_view tag, const std::array<std::string_view, count>& tags)
{
    return std::ranges::find(tags, tag) != tags.end();
}

bool has_style(std::string_view tag)
{
    static constexpr std::array<std::string_view, 8> tags{"a",     "div", "p",  "span",
                                                          "table", "td",  "th", "tr"};
    return is_one_of(tag, tags);
}

bool is_followed(std::string_view tag)
{
    static constexpr std::array<std::string_view, 5> others{"big", "body", "font", "small",
                                                            "textarea"};
    return has_style(tag) || is_one_of(tag, others);
}

std::string attribute_of(const content::HtmlToken& token, std::string_view name)
{
    const auto* found = token.find(name);
    std::string value;
    if (found != nullptr)
        content::append_decoded(value, found->value.substr(0, longest_style),
                                content::ReferencePlace::attribute);
    return value;
}

std::string lower(std::string_view text)
{
    std::string out{mail::trimmed(text)};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

bool is_hexadecimal(char c) { return mail::is_digit(c) || (c >= 'a' && c <= 'f'); }

/// "#fff" and its likes; shorter ones are black, of others the end does not count.
content::Colour colour_of_digits(std::string_view digits)
{
    if (digits.size() < 3)
        return {};
    const bool is_short = digits.size() < 6;
    std::string wide;
    for (const char c : digits.substr(0, is_short ? 3 : 6))
        wide += std::string(is_short ? 2 : 1, c);
    return content::parse_colour("#" + wide).value_or(content::Colour{});
}

/// The word that names a colour; nullopt for what is none.
std::optional<content::Colour> colour_of(std::string_view text)
{
    if (text.starts_with('#')) {
        if (!std::ranges::all_of(text.substr(1), is_hexadecimal))
            return {};
        return colour_of_digits(text.substr(1));
    }
    if (text.starts_with("rgb(") || text.starts_with("rgba("))
        return content::parse_colour(text).value_or(content::Colour{});
    const bool is_word = std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
    if (!is_word || text == "transparent" || text == "rebeccapurple")
        return {};
    const bool is_number = std::ranges::all_of(text, is_hexadecimal);
    return is_number ? std::nullopt : content::parse_colour(text);
}

/// Words of letters, commas between them: "Arial, Helvetica", "'Times New Roman'".
bool is_good_face(std::string_view face)
{
    if (face.ends_with(';'))
        face.remove_suffix(1);
    constexpr std::string_view quotes = "\"'";
    const auto is_letter = [](char c) { return mail::is_alphanumeric(c) && !mail::is_digit(c); };
    while (true) {
        const auto comma = face.find(',');
        auto name = face.substr(0, comma);
        if (!name.empty() && quotes.contains(name.front()))
            name.remove_prefix(1);
        if (!name.empty() && quotes.contains(name.back()))
            name.remove_suffix(1);
        for (int i = 0; i < 2 && !name.empty() && mail::is_digit(name.back()); ++i)
            name.remove_suffix(1);
        if (name.size() < 2 || !is_letter(name.front()) || !is_letter(name.back())
            || !std::ranges::all_of(name,
                                    [&](char c) { return is_letter(c) || c == ' ' || c == '-'; }))
            return false;
        if (comma == std::string_view::npos)
            return true;
        face.remove_prefix(comma + 1);
        if (face.starts_with(' '))
            face.remove_prefix(1);
    }
}

/// Up to the first blank outside of "()".
std::string_view first_value(std::string_view text)
{
    int depth = 0;
    std::size_t end = 0;
    for (; end < text.size() && (depth > 0 || text[end] != ' '); ++end)
        depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    return text.substr(0, end);
}

bool is_low_contrast(const content::Colour& one, const content::Colour& other)
{
    // The weights are those of luminance (ITU-R BT.709).
    constexpr double red = 0.2126, green = 0.7152, blue = 0.0722, least = 12;
    return std::hypot(red * (one.red - other.red), green * (one.green - other.green),
                      blue * (one.blue - other.blue))
        < least;
}
}

const HtmlFonts::Element& HtmlFonts::innermost() const
{
    static const Element usual{"", content::Colour{}, content::Colour{255, 255, 255}};
    return open_.empty() ? usual : open_.back();
}

void HtmlFonts::start(const content::HtmlToken& token)
{
    if (!is_followed(token.name) || open_.size() >= most_open)
        return;
    close_cell(token.name);
    Element element = innermost();
    element.tag = token.name;
    if (token.name == "body") {
        if (token.find("text") != nullptr)
            element.colour = colour_of(lower(attribute_of(token, "text")));
    } else if (token.name == "font")
        read_font(token, element);
    else if (has_style(token.name))
        read_style(attribute_of(token, "style"), element);
    open_.push_back(std::move(element));
}

void HtmlFonts::end(std::string_view tag)
{
    if (tag == "body" || !is_followed(tag))
        return;
    const auto last = std::ranges::find(open_.rbegin(), open_.rend(), tag, &Element::tag);
    if (last != open_.rend())
        open_.erase(last.base() - 1, open_.end());
}

void HtmlFonts::see_text()
{
    const auto& [tag, colour, background] = innermost();
    has_low_contrast_ |= colour && background && is_low_contrast(*colour, *background);
    has_invalid_colour_ |= !colour || !background;
}

/// A cell's or a row's start ends the one before it.
void HtmlFonts::close_cell(std::string_view tag)
{
    const bool is_cell = tag == "td" || tag == "th";
    if (!is_cell && tag != "tr")
        return;
    for (auto at = open_.size(); at > 0; --at) {
        const std::string_view open = open_[at - 1].tag;
        if (is_cell ? open == "td" || open == "th" : open == "tr") {
            open_.resize(at - 1);
            return;
        }
        if (has_style(open))
            return;
    }
}

void HtmlFonts::read_style(std::string_view css, Element& element)
{
    const auto& around = innermost();
    while (!css.empty()) {
        const auto end = std::min(css.find(';'), css.size());
        const auto declaration = css.substr(0, end);
        css.remove_prefix(std::min(end + 1, css.size()));
        const auto colon = declaration.find(':');
        if (colon == std::string_view::npos)
            continue;
        auto text = lower(declaration.substr(colon + 1));
        text = mail::trimmed(std::string_view{text}.substr(0, text.find('!')));
        const auto name = lower(declaration.substr(0, colon));
        if (text.empty())
            continue;
        if (name == "color" && text == "transparent")
            element.colour = around.background;
        else if (name == "color" && text == "inherit")
            element.colour = around.colour;
        else if (name == "color")
            element.colour = colour_of(text);
        else if (name == "background-color" && (text == "transparent" || text == "inherit"))
            element.background = around.background;
        else if (name == "background-color")
            element.background = colour_of(text);
        else if (name == "background") {
            for (std::string_view rest = text; !rest.empty();) {
                const auto word = first_value(rest);
                if (const auto colour = colour_of(word))
                    element.background = colour;
                rest.remove_prefix(std::min(word.size() + 1, rest.size()));
            }
        }
    }
}

void HtmlFonts::read_font(const content::HtmlToken& token, Element& element)
{
    if (token.find("face") != nullptr)
        has_bad_face_ |= !is_good_face(attribute_of(token, "face"));
    if (token.find("color") != nullptr) {
        const auto text = lower(attribute_of(token, "color"));
        const bool is_empty = text.empty() || text.starts_with("rgba(");
        element.colour = is_empty ? Colour{} : colour_of(text);
    }
    const auto size = lower(attribute_of(token, "size"));
    if (size.empty())
        return;
    constexpr double usual = 3;
    std::string_view number = size;
    const double base = number.starts_with('+') || number.starts_with('-') ? usual : 0;
    if (number.starts_with('+'))
        number.remove_prefix(1);
    double value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    largest_ = std::max(largest_, base + value);
}
}
