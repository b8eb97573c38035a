// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/dedupe.hpp"
#include "storage/history.hpp"
#include "storage/lists.hpp"
#include "storage/store.hpp"

#include <expected>
#include <memory>
#include <string>

namespace storage {
struct Settings {
    std::string directory;                              ///< the data directory; made with mode 0700
    std::uint64_t spool_bytes = 10ULL << 30;            ///< high-water mark: then `full`
    std::chrono::seconds spool_age{24 * 3600};          ///< oldest waiting row older than this: `full`
    std::chrono::days keep_held{14}, keep_history{30};
    std::uint64_t inline_body = 1 << 20;                ///< larger bodies get a file of their own
    std::uint64_t queue_bytes = 64 << 20;               ///< uncommitted bytes that may wait for the writer
};

/// All that one data directory holds. Opening migrates, recovers, sweeps and verifies.
struct Storage {
    std::unique_ptr<Store> store;
    std::unique_ptr<History> history;
    std::unique_ptr<Lists> lists;
    std::unique_ptr<DedupeJournal> dedupe;
    std::uint64_t secret = 0;                           ///< of this installation
};
/// The error is one sentence that says what to do.
std::expected<Storage, std::string> open(const Settings& settings, net::Env& env);
}
