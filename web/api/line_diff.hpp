// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace web {
/// How two texts differ, line by line.
struct LineDiff {
    std::string text; ///< unified, three lines around each change; "" where they are the same
    std::size_t added = 0, removed = 0; ///< lines
};
/// Finds the fewest changed lines, but for texts that share next to nothing and are very long:
/// there the whole middle counts as changed. Lines may end with CR LF.
LineDiff line_diff(std::string_view before, std::string_view after, std::string_view before_name,
                   std::string_view after_name);
}
