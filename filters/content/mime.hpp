// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/limits.hpp"
#include "filters/content/oddity.hpp"
#include "filters/content/part.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// The parts of a message in the order they stand, containers before what they contain; then those
/// of encoded messages in it; then what other readings add.
struct Structure {
    std::vector<Part> parts;
    Oddities oddities;
    std::deque<std::string> decoded_messages; ///< what parts of encoded messages point into
};
/// Reads the structure of a whole message as plain text (CRLF or LF line ends). Where programs read
/// a structure differently (two Content-Type fields, two boundaries, a boundary that is a prefix of
/// another, parts after the closing line, an encoding on a container, NUL or blanks in a boundary,
/// uuencoded files in text, headers that end without an empty line), every reading's parts are here
/// and an oddity says so. Iterative; linear in the size for every input; never fails.
/// The views point into `message`.
Structure parse_mime(std::string_view message, const Limits& limits);
}
