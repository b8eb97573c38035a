// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace storage {
/// A table of at most `capacity` sliding-window counters; the least recently used makes room for a
/// new key. Memory is touched only as keys come. For one thread at a time.
class WindowShard {
public:
    explicit WindowShard(std::size_t capacity);
    /// `period` numbers the windows; `passed` is the part of it that is over, 0 to 1.
    double add(std::uint64_t key, double amount, std::int64_t period, double passed);
    std::size_t size() const { return entries_.size(); }

private:
    using Index = std::uint32_t;
    static constexpr Index none = ~Index{0};
    struct Entry {
        std::uint64_t key;
        double current, previous;
        std::int64_t period;
        Index next_in_bucket;
        Index older, newer; ///< by last use
    };
    Index& bucket(std::uint64_t key);
    Index find(std::uint64_t key);
    Index insert(std::uint64_t key, std::int64_t period);
    Index evict();
    void unlink(Index index);
    void make_newest(Index index);

    std::size_t capacity_;
    std::vector<Entry> entries_;
    std::vector<Index> buckets_;
    Index oldest_ = none, newest_ = none;
};
}
