// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/about.hpp"
#include "storage/sqlite/snapshot.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace storage::backup {
/// Whether no mail and no account hangs on a database: it is begun anew where it is damaged. So of
/// one that nobody knows.
bool is_replaceable(std::string_view database);
/// What is wrong with a database of a backup that lies alone at `path`: damaged pages, or another
/// format than the backup's description says. "" when nothing is.
std::string fault_of(
    const std::string& path, std::string_view name, const About& about,
    const sqlite::Between& between = [] { });
/// The names of the bodies in files that a mail.db needs.
std::vector<std::string> bodies_needed(const std::string& path);
}
