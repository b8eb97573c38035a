// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <expected>
#include <string>
#include <string_view>

namespace app {
/// Puts `text` where a file is or shall be: durable, whole or not at all, with mode 0600. The error
/// is one sentence.
std::expected<void, std::string> replace_file(const std::string& path, std::string_view text);
}
