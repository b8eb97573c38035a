// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace storage {
using SteadyTime = std::chrono::steady_clock::time_point;

/// A bounded, sharded table of sliding-window counters keyed by 64-bit hashes: rate control and
/// guards (house §11.1). Safe from all loops; ≤ 1 µs a call with a million keys. When it is full
/// the least recently used key of the shard goes; memory never grows past `capacity` entries.
class WindowCounters {
public:
    WindowCounters(std::size_t capacity, std::chrono::seconds window);
    ~WindowCounters();
    /// Adds `amount` (may be 0: just look) and returns the count in the window that ends at `now`
    /// (two-bucket sliding estimate, never under the truth of the current bucket).
    double add(std::uint64_t key, double amount, SteadyTime now);
    std::chrono::seconds window() const;
    std::size_t size() const; ///< keys held; takes every lock
    /// Nothing was ever counted: one load, so that a guard against rare events costs nothing.
    bool is_unused() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Counts things that begin and end, such as connections of a source. Keys at zero take no room.
class OpenCounters {
public:
    OpenCounters();
    ~OpenCounters();
    /// The count after this one; `limit` reached: not counted, 0 is returned.
    std::uint32_t enter(std::uint64_t key, std::uint32_t limit);
    void leave(std::uint64_t key);
    std::uint32_t count(std::uint64_t key) const;
    std::size_t size() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A 64-bit key of bytes with the process's secret, so that peers cannot aim at one shard.
std::uint64_t counter_key(const void* bytes, std::size_t size, std::uint64_t purpose);
}
