// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/env.hpp"

#include <string>
#include <vector>

namespace storage {
/// A damaged file that was replaced: it is never deleted by us, and whoever has looked after it
/// moves it away.
struct SetAside {
    std::string path; ///< "…/mail.db.damaged-20260101T000000Z"
    std::string note; ///< one sentence: why, and what was saved
};

/// The name a damaged file is kept under: its own, ".damaged-" and the time; never one in use.
std::string name_aside(const std::string& path, net::Env::Wall now);
/// Renames a database and its log so; what only tells its readers of each other goes. Throws
/// std::filesystem::filesystem_error.
void set_aside(const std::string& database, const std::string& aside);
/// Writes the note beside it, as "PATH.txt".
void note_aside(const SetAside& file);
/// All that stand in a data directory, oldest first; empty when it cannot be read.
std::vector<SetAside> set_aside_in(const std::string& directory);
}
