// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace storage {
/// What an upgrade of a data directory needs to know.
struct Upgrade {
    std::string backups; ///< where the backup before it goes; "": "backups" in the data directory
    std::string version, host; ///< of this program
    std::function<void()> working = [] { }; ///< called from time to time while it works
};

/// Brings the databases of a data directory to the formats of this program, before anything opens
/// them, under its lock; ends what a crash interrupted. The migrations run on copies; where they
/// succeed a backup of everything is made, and the copies take the place of all originals at once.
/// A crash at any step leaves the old files or the new ones. The answer is "", or one sentence that
/// says what to do: then the old files are there, unchanged. So it is for a directory that a newer
/// program has written.
std::string upgrade(const std::string& data, const Upgrade& settings, std::chrono::sys_seconds now,
                    Files& files = Files::real());
}
