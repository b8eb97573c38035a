// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/shelf.hpp"
#include "web/api/request.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace filters {
struct Services;
}

namespace web {
struct Site;

/// How it stands with backups, without a look at any disk.
struct BackupState {
    bool is_nightly = false; ///< somebody named a folder for them
    bool is_running = false;
    std::string folder;
    std::optional<storage::backup::Kept> last; ///< the newest whole one
    std::chrono::sys_seconds since{}; ///< the gate's start
    std::string problem; ///< why the latest attempt failed; "" when it did not
    std::vector<std::string> notes; ///< what the latest one left out
    std::string path; ///< of the latest one; "" where it failed
};

/// Whoever makes backups, as handlers reach him. Empty functions: nobody does.
struct BackupDesk {
    std::function<BackupState()> state;
    std::function<bool()> start; ///< false: one is under way
    /// Kept with what survives a reload. On the first loop.
    static BackupDesk& of(filters::Services& services);
};

/// The last backup and all else that status, health, metrics and alerts say of backups.
BackupState last_backup(const Site& site);
/// What is wrong with it, in one sentence: failed, or too old. "" when nothing is, or when nobody
/// asked for nightly backups.
std::string backup_problem(const BackupState& state, std::chrono::system_clock::time_point now);

// Handlers.
awaitable<Response> get_backup(Site& site, Principal principal, Request request);
awaitable<Response> post_backup(Site& site, Principal principal, Request request);
}
