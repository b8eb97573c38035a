// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// A tag=value list (RFC 6376 §3.2), as in DKIM and ARC fields and in key records. Views point into
/// the text it was read from.
class TagList {
public:
    static constexpr std::size_t most_tags = 64;
    struct Tag {
        std::string_view name;
        std::string_view value; ///< without white space at both ends
        std::string_view whole; ///< all between "=" and ";"
    };
    /// nullopt: not of the form, a name twice, or more than most_tags. A ";" at the end is allowed.
    static std::optional<TagList> parse(std::string_view text);
    const Tag* find(std::string_view name) const;
    /// The value, or `otherwise` where the tag is missing. Names and values keep their case.
    std::string_view value(std::string_view name, std::string_view otherwise = {}) const;
    const std::vector<Tag>& tags() const { return tags_; }

private:
    std::vector<Tag> tags_;
};

/// Without spaces, tabs, CR and LF anywhere.
std::string without_white_space(std::string_view text);

/// The parts of `text` between `separator`, each without white space at its ends.
std::vector<std::string_view> split(std::string_view text, char separator);

/// A decimal number of at most 18 digits and nothing else.
std::optional<unsigned long long> parse_decimal(std::string_view text);

/// RFC 4648 §4 with padding; white space in between is passed over as RFC 6376 §3.5 wants.
/// nullopt if it is anything else.
std::optional<std::string> decode_base64(std::string_view text);
std::string encode_base64(std::string_view octets);
}
