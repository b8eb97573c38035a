// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/formats.hpp"

#include <array>

namespace storage {
namespace {
constexpr auto all_files = std::to_array<DatabaseFile>(
    {DatabaseFile::mail, DatabaseFile::history, DatabaseFile::lessons, DatabaseFile::accounts,
     DatabaseFile::fingerprints, DatabaseFile::mail_fingerprints, DatabaseFile::alerts,
     DatabaseFile::forwarding, DatabaseFile::habits, DatabaseFile::dead_addresses,
     DatabaseFile::reports, DatabaseFile::sender_pairs, DatabaseFile::unread_bounces,
     DatabaseFile::list_uses});
static_assert(all_files.size() == static_cast<std::size_t>(DatabaseFile::list_uses) + 1,
              "backup, restore and upgrade must know every database");
}

std::string_view file_name(DatabaseFile file)
{
    switch (file) {
    case DatabaseFile::mail:
        return "mail.db";
    case DatabaseFile::history:
        return "history.db";
    case DatabaseFile::lessons:
        return "lessons.db";
    case DatabaseFile::accounts:
        return "accounts.db";
    case DatabaseFile::fingerprints:
        return "fingerprints.db";
    case DatabaseFile::mail_fingerprints:
        return "fingerprints-mail.db";
    case DatabaseFile::alerts:
        return "alerts.db";
    case DatabaseFile::forwarding:
        return "forwarding.db";
    case DatabaseFile::habits:
        return "habits.db";
    case DatabaseFile::dead_addresses:
        return "dead-addresses.db";
    case DatabaseFile::reports:
        return "reports.db";
    case DatabaseFile::sender_pairs:
        return "sender-pairs.db";
    case DatabaseFile::unread_bounces:
        return "unread-bounces.db";
    case DatabaseFile::list_uses:
        return "list-uses.db";
    }
    return {};
}

std::string path_in(const std::string& directory, DatabaseFile file)
{
    return directory + "/" + std::string{file_name(file)};
}

namespace sqlite {
Migrations migrations_of(DatabaseFile file)
{
    switch (file) {
    case DatabaseFile::mail:
        return mail_migrations();
    case DatabaseFile::history:
        return history_migrations();
    case DatabaseFile::lessons:
        return lesson_migrations();
    case DatabaseFile::accounts:
        return account_migrations();
    case DatabaseFile::fingerprints:
    case DatabaseFile::mail_fingerprints:
    case DatabaseFile::alerts:
    case DatabaseFile::forwarding:
    case DatabaseFile::habits:
    case DatabaseFile::dead_addresses:
    case DatabaseFile::reports:
    case DatabaseFile::sender_pairs:
    case DatabaseFile::unread_bounces:
    case DatabaseFile::list_uses:
        return record_migrations();
    }
    return {};
}

std::span<const KnownDatabase> known_databases()
{
    static const auto known = [] {
        std::array<KnownDatabase, all_files.size()> databases;
        for (std::size_t i = 0; i < databases.size(); ++i) {
            const auto file = all_files[i];
            const bool is_kept = file == DatabaseFile::mail || file == DatabaseFile::accounts;
            databases[i] = {file_name(file), migrations_of(file), !is_kept};
        }
        return databases;
    }();
    return known;
}
}
}
