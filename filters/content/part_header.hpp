// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/limits.hpp"
#include "filters/content/oddity.hpp"
#include "filters/content/part.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// Choices on which programs that read MIME differ. A set of them is one way to read a message:
/// without any it is read as most programs do. Met in a message, they are its doubts.
enum Choice : unsigned {
    last_type = 1U << 0, ///< of several Content-Type fields
    second_boundary = 1U << 1, ///< of several readings of the parameter
    last_boundary = 1U << 2,
    boundary_prefix = 1U << 3, ///< a line need only begin with the boundary (RFC 2046 §5.1.2)
    outer_boundary_first = 1U << 4, ///< where inner and outer container have the same one
    parts_after_end = 1U << 5, ///< the closing line does not close
    guessed_boundary = 1U << 6, ///< the first "--" line, where the declared one never comes
    short_header = 1U << 7, ///< a line that is no field ends the header
};
using Choices = unsigned;
constexpr unsigned choice_count = 8;

/// What the header of a part says about it.
struct PartHeader {
    Part part; ///< without ranges and path
    std::vector<Encoding> other_encodings; ///< what other programs may read, each different
    std::string boundary;
    bool has_boundary = false;
    bool is_multipart = false;
    bool is_message = false; ///< message/rfc822 or its likes
    Choices doubts = 0;
    Oddities oddities; ///< without the part's name
};
/// Reads field lines; `default_type` where no Content-Type says otherwise (RFC 2046 §5.1.5).
PartHeader read_part_header(std::string_view block, std::string_view default_type, Choices reading,
                            const Limits& limits);
/// Whether `line` begins a field (RFC 5322 §2.2), as the house's header parser understands it.
bool is_field_line(std::string_view line);
}
