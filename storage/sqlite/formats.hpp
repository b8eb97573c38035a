// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/sqlite/schema.hpp"

#include <span>
#include <string_view>

namespace storage::sqlite {
Migrations record_migrations();

/// A database by its file name in a data directory.
struct KnownDatabase {
    std::string_view name;
    Migrations migrations;
};
/// All that a data directory of this version has.
std::span<const KnownDatabase> known_databases();
}
