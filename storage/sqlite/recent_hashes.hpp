// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <mutex>

namespace storage::sqlite {
/// Answers "surely not committed in the last 24 hours" without a look at the database. Keeps eight
/// octets of each hash for one to two days. Safe from all threads.
class RecentHashes {
public:
    static std::uint64_t short_form(const TransactionHash& hash);
    void add(std::uint64_t hash, WallTime now);
    bool may_contain(const TransactionHash& hash) const;

private:
    mutable std::mutex mutex_;
    WallTime current_since_{};
    boost::unordered_flat_set<std::uint64_t> current_, previous_;
};
}
