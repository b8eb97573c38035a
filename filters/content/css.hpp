// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
    enum class Position { in_flow, relative, absolute };
    /// Ways to take something out of sight. Bits.
    enum Way : std::uint16_t {
        left = 1U << 0,
        top = 1U << 1,
        right = 1U << 2,
        indent = 1U << 3,
        margin_left = 1U << 4,
        margin_top = 1U << 5,
        clip = 1U << 6,
        clip_path = 1U << 7,
        transform = 1U << 8,
        width = 1U << 9, ///< of 0, and max-width; a least width is not declared or 0
        height = 1U << 10,
        max_width = 1U << 11,
        max_height = 1U << 12,
    };
    std::optional<bool> is_displayed; ///< display: none or not
    std::optional<bool> is_box; ///< display: not a part of lines around it
    std::optional<Position> position;
    std::optional<bool> is_visible; ///< visibility
    std::optional<bool> is_see_through; ///< opacity 0
    std::optional<bool> cuts_overflow;
    std::uint16_t declared_ways = 0, ways = 0; ///< those declared, and of these those that hide
    std::optional<float> font_pixels;
    std::optional<float> font_factor; ///< of the font size around
    std::optional<Colour> colour, background;
    std::optional<bool> has_background_picture;
    bool is_empty() const;
    /// What `later` declares goes first.
    void merge(const Style& later);
    /// Only what can make something seen: of rules that may hold or not.
    Style showing() const;
    /// Moved out of sight, clipped or scaled away; `is_box`: as the element is without `display`.
    bool is_away(bool is_box_by_itself) const;
    bool has_no_size(bool is_box_by_itself) const;

private:
    bool is_a_box(bool by_itself) const;
};

/// What a block declares, and what goes before all that others declare.
struct Declarations {
    Style normal, important;
};
/// A style attribute, or a rule's block. Comments and escapes are resolved, shorthands read, what
/// browsers do not understand is left out; linear.
Declarations parse_declarations(std::string_view css);

/// Rules of <style> elements as far as filters follow them: selectors of one tag, class or id, or a
/// tag with one of them; rules for all media or for screens. Rules that may hold for an element or
/// not (other selectors, media with conditions) can show, but not hide. At most `rule_limit` are
/// kept.
class StyleSheet {
public:
    static constexpr std::size_t rule_limit = 1000;
    void add(std::string_view css);
    bool is_empty() const { return rules_.empty() && perhaps_.empty(); }
    /// All rules for an element with that tag (lower case), class attribute and id, merged.
    Declarations find(std::string_view tag, std::string_view classes, std::string_view id) const;
    /// What may show it beside these.
    Style showing(std::string_view tag, std::string_view classes, std::string_view id) const;

private:
    using Rules = std::unordered_map<std::string, Declarations>;
    struct Block {
        std::string_view css;
        bool is_sure;
    };
    void add_block(Block block, std::vector<Block>& inner);
    void add_rule(std::string_view selectors, std::string_view declarations, bool is_sure);
    void keep(Rules& rules, const std::string& key, const Declarations& declared);
    Rules rules_, perhaps_;
    std::size_t kept_ = 0;
};
}
