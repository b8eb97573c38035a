// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace filters::content {
struct Colour {
    std::uint8_t red = 0, green = 0, blue = 0;
    bool is_transparent = false;
    bool operator==(const Colour&) const = default;
    /// So alike that nobody reads one on the other.
    bool is_like(const Colour& other) const;
};
/// "#fff", "#ffffff80", "rgb(1, 2, 3)", "rgba(0 0 0 / 0%)", "white", "transparent"; also "ffffff",
/// which attributes may have. nullopt: no colour, or one that depends on something.
std::optional<Colour> parse_colour(std::string_view text);

/// What declarations say of being seen; a member without a value was not declared.
struct Style {
    std::optional<bool> is_displayed; ///< display: none or not
    std::optional<bool> is_visible; ///< visibility
    std::optional<bool> is_see_through; ///< opacity 0
    std::optional<bool> is_away; ///< moved out of sight, clipped or scaled away
    std::optional<bool> has_zero_size; ///< a width or height of 0
    std::optional<bool> cuts_overflow;
    std::optional<float> font_pixels;
    std::optional<float> font_factor; ///< of the font size around
    std::optional<Colour> colour, background;
    std::optional<bool> has_background_picture;
    bool is_empty() const;
    /// What `later` declares goes first.
    void merge(const Style& later);
};
/// A style attribute. Comments and escapes are resolved, shorthands read; linear.
Style parse_declarations(std::string_view css);

/// Rules of <style> elements as far as filters follow them: selectors of one tag, class or id, or a
/// tag with one of them; rules for all media or for screens. At most `rule_limit` are kept.
class StyleSheet {
public:
    static constexpr std::size_t rule_limit = 1000;
    void add(std::string_view css);
    bool is_empty() const { return rules_.empty(); }
    /// All rules for an element with that tag (lower case), class attribute and id, merged.
    Style find(std::string_view tag, std::string_view classes, std::string_view id) const;

private:
    void add_rule(std::string_view selectors, std::string_view declarations);
    void merge(Style& style, std::string_view tag, char mark, std::string_view name) const;
    std::unordered_map<std::string, Style> rules_;
};
}
