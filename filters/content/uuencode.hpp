// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

namespace filters::content {
/// The file name of a "begin 644 name" line, nullopt if `line` is none. Raw octets.
std::optional<std::string_view> uuencode_name(std::string_view line);
/// Whether `line` can stand behind a "begin" line: its length is what its first character says.
bool is_uuencode_data(std::string_view line);
}
