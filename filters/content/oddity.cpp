// SPDX-License-Identifier: Apache-2.0
#include "filters/content/oddity.hpp"

#include <array>

namespace filters::content {
std::span<const std::string_view> oddity_names()
{
    static constexpr std::array<std::string_view, 6> names{
        "ambiguous_structure", // programs see different parts
        "ambiguous_encoding", // decoders give different octets
        "ambiguous_name", // programs see different file names or types
        "malformed", // broken as no honest program breaks it
        "over_limit", // a limit of promise §6
        "unreadable", // neither text nor a file that can be opened, though it claims so
    };
    return names;
}
}
