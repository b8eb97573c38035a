// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace smtp {
/// ASCII letters in upper case: servers on the way may change those of an address.
std::string in_upper_case(std::string_view text);

/// 40 bits by which we know an envelope sender of our own making again: HMAC-SHA256 of `text` in
/// upper case by `key`, any text that others do not know.
std::uint64_t path_code(std::string_view key, std::string_view text);
}
