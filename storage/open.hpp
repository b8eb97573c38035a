// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/accounts.hpp"
#include "storage/audit.hpp"
#include "storage/dedupe.hpp"
#include "storage/files.hpp"
#include "storage/history.hpp"
#include "storage/ledger.hpp"
#include "storage/lessons.hpp"
#include "storage/lists.hpp"
#include "storage/records.hpp"
#include "storage/store.hpp"

#include <expected>
#include <memory>
#include <string>

namespace storage {
struct Settings {
    std::string directory = {}; ///< made with mode 0700
    std::uint64_t spool_bytes = 10ULL << 30; ///< high-water mark: then `full`
    std::chrono::seconds spool_age{24 * 3600}; ///< a server unreachable for longer: `full`
    std::chrono::days keep_held{14}, keep_history{30}, keep_audit{400}, keep_features{7};
    std::uint64_t inline_body = 1 << 20; ///< larger bodies get a file of their own
    std::uint64_t queue_bytes = 64 << 20; ///< that may wait for the writer
    /// Before a stopped store is opened again; doubles up to a minute.
    std::chrono::milliseconds reopen_pause{1000};
};

class Desk;
class Preferences;
class Statistics;

/// All that one data directory holds. Opening migrates, recovers, sweeps and verifies, and takes
/// the directory's lock until this is destroyed. What waits for its threads then is finished first;
/// loops may end before or after it.
struct Storage {
    std::shared_ptr<FileHandle> lock; ///< first, so that it goes last
    std::unique_ptr<Store> store;
    std::unique_ptr<History> history;
    std::unique_ptr<Lists> lists;
    std::unique_ptr<Audit> audit;
    std::unique_ptr<Accounts> accounts;
    std::shared_ptr<Preferences> preferences;
    std::shared_ptr<Desk> desk;
    std::shared_ptr<Statistics> statistics;
    std::unique_ptr<DedupeJournal> dedupe;
    std::unique_ptr<Ledgers> ledgers;
    std::unique_ptr<Lessons> lessons;
    std::unique_ptr<Records> fingerprints; ///< of spam
    std::unique_ptr<Records> mail_fingerprints; ///< of recent mail, by its id
    std::uint64_t secret = 0; ///< of this installation
};
/// The error is one sentence that says what to do.
std::expected<Storage, std::string> open(const Settings& settings, net::Env& env,
                                         Files& files = Files::real());
}
