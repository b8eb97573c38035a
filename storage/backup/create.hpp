// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/about.hpp"
#include "storage/files.hpp"
#include "storage/sqlite/snapshot.hpp"

#include <string>
#include <vector>

namespace storage::backup {
struct Order {
    std::string data; ///< the data directory; a gateway may be at work in it
    std::string to; ///< the folder of backups, made if it is missing
    About about; ///< version, host, kind and time; the rest is filled in
    bool has_history = true;
    std::string passphrase = {}; ///< "": keys are left out
    std::vector<std::string> configuration = {}; ///< files outside of the data directory
    /// Files, outside and in the data directory, that only a passphrase may open. Whatever has a
    /// private key in it is one, named here or not.
    std::vector<std::string> keys = {};
    sqlite::Between between = [] { }; ///< pauses, and throws to end it
};

struct Made {
    std::string path;
    std::uint64_t bytes = 0;
    std::vector<std::string> notes; ///< sentences for people: what was left out
};

/// Makes one archive of all that `order` names, each database as it is at one moment, reads it
/// back, and only then gives it its name. Blocks for as long as it takes. Throws
/// std::runtime_error (std::system_error, sqlite::Error) with one sentence: then no such file
/// is there, and what was before is unchanged.
Made create(Order order, Files& files = Files::real());
/// Makes a folder of backups if it is missing, and sees whether backups can be written there.
/// Throws std::system_error, or std::runtime_error where one is being made.
void try_folder(const std::string& folder, const std::string& data);
}
