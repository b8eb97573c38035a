// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace storage::backup {
/// What a backup holds, as `restore --only` names it.
enum class Part {
    mail, ///< queue and quarantine with all bodies, lists, audit
    lists, ///< of that, the lists alone
    accounts,
    history,
    lessons,
    fingerprints,
    reputation,
    policy,
    settings,
    feeds,
    keys,
    configuration, ///< files outside of the data directory
    other
};
std::string_view name_of(Part part);
std::optional<Part> part_named(std::string_view name);
/// All names, separated by commas.
std::string part_names();

/// The part that a name directly in a data directory belongs to. nullopt for what is never backed
/// up nor touched: sockets, locks, backups, what was set aside, and the logs of databases.
std::optional<Part> part_of(std::string_view name);
bool is_database(std::string_view name);
/// Whether a path has an element that is named as private keys are: "tls/mx.key".
bool is_key_name(std::string_view name);
}
