// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/parts.hpp"
#include "storage/backup/verify.hpp"
#include "storage/files.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace storage::backup {
struct RestoreOrder {
    std::string archive, data;
    std::set<Part> only; ///< empty: all that is in it, but no configuration
    std::string passphrase = {}; ///< "": keys stay as they are
    std::string configuration_to = {}; ///< a folder for files of the configuration; "": none
    bool holds_waiting = false; ///< mail of the queue becomes held, so that nothing is sent twice
    bool is_rehearsal = false; ///< says what would be done and does nothing
    std::chrono::sys_seconds now{};
};

struct PartReport {
    std::string name;
    std::size_t files = 0;
    std::uint64_t bytes = 0;
};

struct Restored {
    About about;
    std::vector<PartReport> parts; ///< what comes from the backup
    std::string aside; ///< where the files lie that stood there before; "" where there were none
    std::size_t waiting = 0; ///< rows of the queue that came with it
    std::vector<std::string> notes; ///< sentences for people
};

/// Puts a backup, or parts of it, in the place of what a data directory holds; on a bare machine
/// the directory is made. The whole archive is verified first; what was there before is kept in a
/// folder of the data directory. Refuses a directory that a gateway uses and a backup that is newer
/// than this program. Throws std::runtime_error (std::system_error, sqlite::Error) with one
/// sentence: then everything is as it was.
Restored restore(const RestoreOrder& order, Files& files = Files::real());
}
