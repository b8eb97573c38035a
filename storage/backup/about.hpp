// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/seal.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace storage::backup {
/// What a backup says of itself in its first member. It is text, a name and a value a line, so that
/// a person can read it with tar alone.
struct About {
    static constexpr int newest_layout = 1;
    int layout = newest_layout;
    std::string version; ///< of the gateway that made it
    std::string host, kind; ///< kind: "nightly", "asked", "before-upgrade"
    std::chrono::sys_seconds made{};
    std::map<std::string, std::int64_t> formats; ///< of its databases: "mail.db" → 5
    KeyDerivation keys; ///< an empty salt: there are no keys in it

    std::string to_string() const;
    /// Throws std::runtime_error with one sentence, for one of a newer layout too.
    static About parse(std::string_view text);
};

/// "20260101T030000Z".
std::string compact_time(std::chrono::sys_seconds time);
/// nullopt for what is none.
std::optional<std::chrono::sys_seconds> parse_compact_time(std::string_view text);
}
