// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// Rendered text as body tests see it: each paragraph one line that ends with "\n" (the last one
/// without), blanks squeezed, long ones cut at a blank into at most 2,049 octets.
std::vector<std::string> body_lines(std::string_view rendered);
/// Decoded text as rawbody tests see it: pieces of 2 to 4 KiB, cut behind a line end where there is
/// one; views into `decoded`.
std::vector<std::string_view> raw_pieces(std::string_view decoded);
}
