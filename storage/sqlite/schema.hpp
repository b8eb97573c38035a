// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/sqlite/database.hpp"

#include <span>
#include <string_view>

namespace storage::sqlite {
/// The Nth text brings a database from version N to N + 1. Texts are never changed once released:
/// what comes later is a new text at the end.
using Migrations = std::span<const std::string_view>;

/// Gives queued and held outgoing mail of which no sending domain was noted to its owner's.
inline constexpr std::string_view owners_send = R"sql(
UPDATE rows
    SET sending_domain = replace(recipient, rtrim(recipient, replace(recipient, '@', '')), '')
    WHERE sending_domain = '' AND mail IN (SELECT id FROM mails WHERE direction = 1);
)sql";

Migrations mail_migrations();
Migrations history_migrations();
Migrations lesson_migrations();
Migrations account_migrations();

/// Brings a database to the newest version, forward only, each step in a transaction of its own
/// with its `user_version`. Throws std::runtime_error for a database of a newer program.
void migrate(Database& database, Migrations migrations);
}
