// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace filters::auth {
/// `text` on lines of at most 72 octets, the first of which has `column` octets already; each
/// further line begins with a blank.
inline std::string folded(std::string_view text, std::size_t column)
{
    constexpr std::size_t longest = 72;
    std::string out;
    while (column + text.size() > longest) {
        const auto part = text.substr(0, longest - column);
        out += part;
        out += "\r\n ";
        text.remove_prefix(part.size());
        column = 0;
    }
    return out += text;
}
}
