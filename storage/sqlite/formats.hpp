// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/database_file.hpp"
#include "storage/sqlite/schema.hpp"

#include <span>
#include <string_view>

namespace storage::sqlite {
Migrations record_migrations();
Migrations migrations_of(DatabaseFile file);

/// A database by its file name in a data directory.
struct KnownDatabase {
    std::string_view name;
    Migrations migrations;
    bool is_replaceable = false; ///< begun anew where it is damaged: no mail hangs on it
};
/// All that a data directory of this version has: one for each DatabaseFile.
std::span<const KnownDatabase> known_databases();
}
