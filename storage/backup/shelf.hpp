// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace storage::backup {
/// A whole backup in the folder of backups: only whole ones have such a name.
struct Kept {
    std::string path;
    std::chrono::sys_seconds made{};
    std::uint64_t bytes = 0;
    bool is_before_upgrade = false;
};

/// "mailweir-20260101T030000Z.tar.zst", with "-before-upgrade" for one made for an upgrade.
std::string backup_file_name(std::chrono::sys_seconds made, bool is_before_upgrade);
/// Newest first, without empty files; none where the folder cannot be read.
std::vector<Kept> kept_in(const std::string& folder);
/// The newest backup of a folder that is not of the future: what "the last backup" means wherever
/// it is said.
std::optional<Kept> last_backup(const std::string& folder, std::chrono::sys_seconds now);
/// Removes all but the newest `keep`, and all but the newest two of those made for an upgrade.
void prune(const std::string& folder, std::size_t keep, Files& files);
}
