// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/env.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace storage {
/// What was replaced and is never deleted by us, a damaged file or what stood there before a
/// restore: whoever has looked after it moves it away.
struct SetAside {
    std::string path; ///< "…/mail.db.damaged-20260101T000000Z", "…/before-restore-20260101T000000Z"
    std::string note; ///< one sentence: why, and what was saved
    std::optional<std::chrono::sys_seconds> since = {}; ///< as its name says
    std::uint64_t bytes = 0; ///< with all that belongs to it; of very many files "at least"
    /// "since 2026-01-01, 12 MiB".
    std::string age_and_size() const;
};

/// The name a damaged file is kept under: its own, ".damaged-" and the time; never one in use.
std::string name_aside(const std::string& path, net::Env::Wall now);
/// Renames a database and its log so; what only tells its readers of each other goes. Throws
/// std::filesystem::filesystem_error.
void set_aside(const std::string& database, const std::string& aside);
/// Writes the note beside it, as "PATH.txt".
void note_aside(const SetAside& file);
/// All damaged ones that stand in a data directory, oldest first; empty when it cannot be read.
std::vector<SetAside> set_aside_in(const std::string& directory);
/// The folders of before a restore, in the same way.
std::vector<SetAside> before_restores_in(const std::string& directory);
}
