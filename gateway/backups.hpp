// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/config.hpp"
#include "gateway/config_backup.hpp"
#include "storage/backup/create.hpp"
#include "web/api/backup.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace app {
/// What a backup of this configuration consists of. Blocks: it reads the passphrase. Throws
/// std::runtime_error.
storage::backup::Order backup_order(const Configuration& configuration, std::string kind,
                                    std::chrono::sys_seconds now);
/// The settings of a configuration that was checked; `to` is always a folder.
BackupSettings backup_settings(const Configuration& configuration);

/// Makes backups while the gate works, on a thread of its own that rests as long as it works. One
/// at a time. For one loop; `state` from all threads.
class Backups {
public:
    explicit Backups(net::Env& env);
    /// Ends one that is under way: nothing is left of it.
    ~Backups();
    /// Touches no disk itself: the folder may be on one that hangs.
    void configure(const Configuration& configuration);
    /// Starts the nightly one when it is due: its time of the day has come since the last one was
    /// made. After one that failed an hour passes.
    void look();
    /// False: one is under way.
    bool start(std::string kind);
    web::BackupState state() const;

private:
    /// With kind "" it only looks at what is in the folder.
    bool begin(std::string kind);
    void work(const Configuration& configuration, const std::string& kind);
    void make(const Configuration& configuration, const std::string& kind);
    /// Sees now what would else come out in the night: whether the folder can be written and the
    /// passphrase be read.
    void try_out(const Configuration& configuration);
    bool is_due() const;

    net::Env& env_;
    std::optional<Configuration> configuration_;
    BackupSettings settings_;
    std::chrono::sys_seconds not_before_;
    mutable std::mutex mutex_;
    web::BackupState state_;
    bool is_ending_ = false, is_busy_ = false;
    bool is_problem_of_trial_ = false; ///< `state_.problem` is of `try_out`, not of a backup
    std::string looked_in_; ///< the folder that `state_.last` is of
    std::condition_variable ending_;
    std::thread thread_;
};

/// The latest time not after `now` at which the local clock says `at`.
std::chrono::sys_seconds latest_time_of_day(std::chrono::sys_seconds now, std::chrono::minutes at);
}
