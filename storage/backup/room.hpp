// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace storage::backup {
/// Throws std::runtime_error with one sentence where a folder has no room for `bytes`. On the disk
/// of the data directory a GiB or a twentieth stays free for mail.
void need_room(const std::string& folder, const std::string& data, std::uint64_t bytes);
}
