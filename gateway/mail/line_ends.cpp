// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/line_ends.hpp"

#include <algorithm>

namespace mail {
std::string with_crlf(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of("\r\n", at), text.size());
        out += text.substr(at, end - at);
        if (end == text.size())
            break;
        out += "\r\n";
        at = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
    }
    return out;
}
}
