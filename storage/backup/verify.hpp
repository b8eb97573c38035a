// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/about.hpp"
#include "storage/backup/archive.hpp"
#include "storage/sqlite/snapshot.hpp"

#include <map>
#include <string>
#include <vector>

namespace storage::backup {
/// What an archive holds.
struct Inventory {
    About about;
    std::vector<Member> members; ///< without the description and the sums
};

/// Reads a backup from begin to end and compares each member with its sum. Throws
/// std::runtime_error with one sentence when it is not whole.
Inventory read_through(const std::string& path, const sqlite::Between& between = [] { });

/// Its description alone, without a look at the rest. Throws like `read_through`.
About about_of(const std::string& path);

struct Verified {
    Inventory inventory;
    std::vector<std::string> problems; ///< sentences; empty: all is well
    bool are_keys_opened = false;
};

/// The same, and looks into every database, whether it is what the description says and whether no
/// body is missing, and into the keys where a passphrase is given. It works in a folder of its own
/// below `work` and removes it, as it does what a killed one left there. Touches no data directory.
Verified verify(const std::string& path, const std::string& passphrase, const std::string& work);

/// Formats that this program knows: "mail.db" → 5.
const std::map<std::string, std::int64_t>& known_formats();
/// Why this program cannot use what is in a backup; "" when it can. Databases that it does not know
/// are no reason: `restore` leaves them out.
std::string too_new(const About& about);
}
