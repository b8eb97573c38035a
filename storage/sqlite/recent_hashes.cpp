// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/recent_hashes.hpp"

#include <cstring>

namespace storage::sqlite {
std::uint64_t RecentHashes::short_form(const TransactionHash& hash)
{
    std::uint64_t first = 0;
    std::memcpy(&first, hash.data(), sizeof first);
    return first;
}

void RecentHashes::add(std::uint64_t hash, WallTime now)
{
    const std::lock_guard lock{mutex_};
    if (now - current_since_ > std::chrono::hours{24}) {
        previous_ = std::exchange(current_, {});
        current_since_ = now;
    }
    current_.insert(hash);
}

bool RecentHashes::may_contain(const TransactionHash& hash) const
{
    const auto wanted = short_form(hash);
    const std::lock_guard lock{mutex_};
    return current_.contains(wanted) || previous_.contains(wanted);
}
}
