// SPDX-License-Identifier: Apache-2.0
#pragma once
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
    /// Names in lower case, values as UTF-8, in the order written; a name that stands twice is here
    /// twice, and `oddities` says so: programs differ in which one they believe.
    std::vector<std::pair<std::string, std::string>> parameters;
    Oddities oddities;

    /// The first of that name, or "".
    std::string_view find(std::string_view name) const;
};
/// Reads a raw field value (folds included). Never fails: what is broken is left out and noted.
/// At most `Limits::parameters`. Linear in the length of `raw`.
Parameterised parse_parameters(std::string_view raw);
}
