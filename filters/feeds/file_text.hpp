// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>

namespace filters::feeds {
/// The octets of a regular file of at most `most`; nullopt: it is none, or cannot be read. Blocks.
std::optional<std::string> file_text(const std::filesystem::path& path,
                                     std::uintmax_t most
                                     = std::numeric_limits<std::uintmax_t>::max());
}
