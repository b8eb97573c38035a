// SPDX-License-Identifier: Apache-2.0
#include "storage/counters.hpp"

#include "storage/window_shard.hpp"

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <mutex>
#include <random>
#include <vector>
#include <xxhash.h>

namespace storage {
namespace {
constexpr std::size_t shard_count = 64;

/// Keys are hashes, but a caller's own may be small numbers.
std::size_t shard_of(std::uint64_t key) { return (key * 0x9e3779b97f4a7c15ULL) >> 58; }
}

struct WindowCounters::State {
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        WindowShard table;
        explicit Shard(std::size_t capacity) : table{capacity} { }
    };
    std::chrono::seconds window;
    std::vector<std::unique_ptr<Shard>> shards;
    std::atomic<bool> is_used{false};
};

WindowCounters::WindowCounters(std::size_t capacity, std::chrono::seconds window)
    : state_{std::make_unique<State>()}
{
    state_->window = std::max(window, std::chrono::seconds{1});
    const auto count = capacity < shard_count * 16 ? 1 : shard_count;
    for (std::size_t i = 0; i < count; ++i)
        state_->shards.push_back(
            std::make_unique<State::Shard>(std::max<std::size_t>(1, capacity / count)));
}

WindowCounters::~WindowCounters() = default;

double WindowCounters::add(std::uint64_t key, double amount, SteadyTime now)
{
    // Looked at first: a store by every loop would make the line travel between them.
    if (amount > 0 && !state_->is_used.load(std::memory_order_relaxed))
        state_->is_used.store(true, std::memory_order_relaxed);
    auto& shards = state_->shards;
    auto& shard = *shards[shards.size() == 1 ? 0 : shard_of(key)];
    const auto window = std::chrono::duration_cast<SteadyTime::duration>(state_->window);
    const auto since = now.time_since_epoch();
    const auto period = since / window;
    const double passed
        = static_cast<double>((since % window).count()) / static_cast<double>(window.count());
    const std::lock_guard lock{shard.mutex};
    return shard.table.add(key, amount, static_cast<std::int64_t>(period), passed);
}

std::chrono::seconds WindowCounters::window() const { return state_->window; }

bool WindowCounters::is_unused() const { return !state_->is_used.load(std::memory_order_relaxed); }

std::size_t WindowCounters::size() const
{
    std::size_t size = 0;
    for (const auto& shard : state_->shards) {
        const std::lock_guard lock{shard->mutex};
        size += shard->table.size();
    }
    return size;
}

struct OpenCounters::State {
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        boost::unordered_flat_map<std::uint64_t, std::uint32_t> counts;
    };
    mutable std::array<Shard, shard_count> shards;
    Shard& of(std::uint64_t key) const { return shards[shard_of(key)]; }
};

OpenCounters::OpenCounters() : state_{std::make_unique<State>()} { }

OpenCounters::~OpenCounters() = default;

std::uint32_t OpenCounters::enter(std::uint64_t key, std::uint32_t limit)
{
    auto& shard = state_->of(key);
    const std::lock_guard lock{shard.mutex};
    if (limit == 0)
        return 0;
    auto& count = shard.counts[key];
    return count >= limit ? 0 : ++count;
}

void OpenCounters::leave(std::uint64_t key)
{
    auto& shard = state_->of(key);
    const std::lock_guard lock{shard.mutex};
    const auto found = shard.counts.find(key);
    if (found != shard.counts.end() && --found->second == 0)
        shard.counts.erase(found);
}

std::uint32_t OpenCounters::count(std::uint64_t key) const
{
    const auto& shard = state_->of(key);
    const std::lock_guard lock{shard.mutex};
    const auto found = shard.counts.find(key);
    return found == shard.counts.end() ? 0 : found->second;
}

std::size_t OpenCounters::size() const
{
    std::size_t size = 0;
    for (const auto& shard : state_->shards) {
        const std::lock_guard lock{shard.mutex};
        size += shard.counts.size();
    }
    return size;
}

std::uint64_t counter_key(const void* bytes, std::size_t size, std::uint64_t purpose)
{
    static const std::uint64_t secret = [] {
        std::random_device device;
        return (static_cast<std::uint64_t>(device()) << 32) ^ device();
    }();
    return XXH3_64bits_withSeed(bytes, size, secret ^ (purpose * 0x9e3779b97f4a7c15ULL));
}
}
