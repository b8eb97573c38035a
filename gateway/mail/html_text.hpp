// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace mail {
/// Text with <, >, &, " and ' as character references; control characters but line ends and tabs
/// become U+FFFD. Right in HTML of our own, in text and in quoted attributes.
std::string escaped_html(std::string_view text);
}
