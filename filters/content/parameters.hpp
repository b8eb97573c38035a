// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/limits.hpp"
#include "filters/content/oddity.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filters::content {
/// A value with parameters, as Content-Type and Content-Disposition have them (RFC 2045 §5.1, RFC
/// 2183), RFC 2231 continuations and charsets resolved, RFC 2047 words in values decoded (nobody
/// should send them, many do).
struct Parameterised {
    std::string value; ///< "text/html", "attachment": lower case, comments and blanks gone; "" none
    /// Names in lower case, values as UTF-8, in the order written; RFC 2231's extended form of a
    /// name stands where its first segment stood, but before a plain one of that name. A name with
    /// several readings (written twice with different values, plain and extended, a value with
    /// blanks outside of quotes, a boundary with NUL or RFC 2047 words) is here once for each,
    /// likeliest first.
    std::vector<std::pair<std::string, std::string>> parameters;
    Oddities oddities; ///< without a place in `detail`: who knows the field and the part adds it

    /// The first of that name, or "".
    std::string_view find(std::string_view name) const;
    /// Every reading of that name, each once.
    std::vector<std::string_view> find_all(std::string_view name) const;
};
/// Reads a raw field value (folds included). Never fails: what is broken is left out and noted.
/// At most `limits.parameters`, RFC 2231 segments among them. Linear in the length of `raw`.
Parameterised parse_parameters(std::string_view raw, const Limits& limits = {});
}
