// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace storage {
/// The databases of a data directory. Whoever opens one names it by this: so backup, restore and
/// upgrade know them all. A new one comes to the end.
enum class DatabaseFile {
    mail,
    history,
    lessons,
    accounts,
    fingerprints,
    mail_fingerprints,
    alerts,
    forwarding,
    habits,
    dead_addresses,
    reports,
    sender_pairs,
    unread_bounces,
    list_uses
};

/// "mail.db".
std::string_view file_name(DatabaseFile file);
std::string path_in(const std::string& directory, DatabaseFile file);
}
