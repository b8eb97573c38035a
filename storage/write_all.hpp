// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace storage {
/// All the bytes to an open file; `path` is for what std::system_error says.
void write_all(int file, std::string_view bytes, const std::string& path);
}
