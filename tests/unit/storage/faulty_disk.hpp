// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

struct sqlite3_vfs;

/// A disk that fails and forgets as a test says: a shim over SQLite's own VFS and over Files. It
/// remembers for each database file what was synced and what was only written, so that a power cut
/// leaves the synced bytes and any part of the others, cut at any sector.
class FaultyDisk final : public storage::Files {
public:
    FaultyDisk();
    ~FaultyDisk() override;
    const char* vfs() const override { return name_.c_str(); }
    void reach(Step step, const std::string& path) override;

    enum class Fault { none, full, broken };
    /// What the next `times` writes or syncs of files whose path contains `part` answer.
    void fail_writes(Fault fault, std::string part = "mail.db", unsigned times = ~0U);
    void fail_syncs(Fault fault, std::string part = "mail.db", unsigned times = ~0U);
    /// The reads of such files, after the next `after` ones, and the next `times` of them.
    void fail_reads(std::string part = "mail.db", unsigned after = 0, unsigned times = ~0U);
    /// Whether a read failed so.
    bool has_failed_reads();
    /// Calls `hook` before each read of a database; not to be changed while one may read.
    void before_reads(std::function<void()> hook) { read_hook_ = std::move(hook); }
    /// From now on nothing reaches the disk any more and everything fails, as after a power cut.
    void cut_power();
    /// Calls `hook` before each step of a body's file and each write and sync of a database.
    void before_each_step(std::function<void()> hook);

    /// Writes into `to` what a disk might hold after the cut, and is well again.
    void leave_behind(const std::string& from, const std::string& to, std::uint32_t seed);

private:
    friend struct DiskFile;
    struct Write {
        std::int64_t offset;
        std::string bytes;           ///< cut to `offset` when `is_cut`
        bool is_cut;
    };
    struct Image {
        std::string synced;
        std::vector<Write> pending;
    };
    struct Plan {
        Fault fault = Fault::none;
        std::string part;
        unsigned times = 0;
    };
    int answer(Plan& plan, const std::string& path, int broken);
    void opened(const std::string& path);
    int before_read(const std::string& path);
    int before_write(const std::string& path);
    int before_sync(const std::string& path);
    void wrote(const std::string& path, Write write);
    void synced(const std::string& path);
    void removed(const std::string& path);

    std::string name_;
    sqlite3_vfs* shim_;
    std::mutex mutex_;
    Plan writes_, syncs_to_fail_, reads_;
    unsigned reads_before_ = 0;
    bool has_failed_reads_ = false;
    std::map<std::string, Image> images_;
    std::function<void()> hook_, read_hook_;
    std::atomic<bool> is_cut_{false};
};
