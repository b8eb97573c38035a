// SPDX-License-Identifier: Apache-2.0
#include "storage/window_shard.hpp"

#include <bit>

namespace storage {
WindowShard::WindowShard(std::size_t capacity)
    : capacity_{capacity}, buckets_(std::bit_ceil(capacity), none)
{
    entries_.reserve(capacity);
}

double WindowShard::add(std::uint64_t key, double amount, std::int64_t period, double passed)
{
    auto index = find(key);
    if (index == none)
        index = insert(key, period);
    else if (index != newest_) {
        unlink(index);
        make_newest(index);
    }
    auto& entry = entries_[index];
    // A clock that two loops read may seem to step back; the later window stands.
    if (period > entry.period) {
        entry.previous = period == entry.period + 1 ? entry.current : 0;
        entry.current = 0;
        entry.period = period;
    }
    entry.current += amount;
    return entry.current + entry.previous * (1 - passed);
}

WindowShard::Index& WindowShard::bucket(std::uint64_t key)
{
    // The upper bits chose the shard.
    const auto mixed = (key * 0x9e3779b97f4a7c15ULL) >> 20;
    return buckets_[mixed & (buckets_.size() - 1)];
}

WindowShard::Index WindowShard::find(std::uint64_t key)
{
    auto index = bucket(key);
    while (index != none && entries_[index].key != key)
        index = entries_[index].next_in_bucket;
    return index;
}

WindowShard::Index WindowShard::insert(std::uint64_t key, std::int64_t period)
{
    Index index = none;
    if (entries_.size() < capacity_) {
        index = static_cast<Index>(entries_.size());
        entries_.emplace_back();
    } else {
        index = evict();
    }
    auto& head = bucket(key);
    entries_[index] = {key, 0, 0, period, head, none, none};
    head = index;
    make_newest(index);
    return index;
}

WindowShard::Index WindowShard::evict()
{
    const auto victim = oldest_;
    unlink(victim);
    auto* link = &bucket(entries_[victim].key);
    while (*link != victim)
        link = &entries_[*link].next_in_bucket;
    *link = entries_[victim].next_in_bucket;
    return victim;
}

void WindowShard::unlink(Index index)
{
    const auto& entry = entries_[index];
    (entry.older == none ? oldest_ : entries_[entry.older].newer) = entry.newer;
    (entry.newer == none ? newest_ : entries_[entry.newer].older) = entry.older;
}

void WindowShard::make_newest(Index index)
{
    auto& entry = entries_[index];
    entry.older = newest_;
    entry.newer = none;
    (newest_ == none ? oldest_ : entries_[newest_].newer) = index;
    newest_ = index;
}
}
