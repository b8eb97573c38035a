// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/turn_clock.hpp"

#include <atomic>

namespace net {
namespace {
using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds stall{20};

constinit thread_local Clock::time_point begun{};
std::atomic<std::uint64_t> stalls{0};
std::atomic<std::int64_t> longest{0};
}

void turn_begins() noexcept { begun = Clock::now(); }

void turn_ends() noexcept
{
    if (begun == Clock::time_point{})
        return;
    const auto time = Clock::now() - begun;
    if (time > stall)
        stalls.fetch_add(1, std::memory_order_relaxed);
    const std::int64_t microseconds
        = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    std::int64_t seen = longest.load(std::memory_order_relaxed);
    while (microseconds > seen
           && !longest.compare_exchange_weak(seen, microseconds, std::memory_order_relaxed)) { }
}

void no_turn() noexcept { begun = {}; }

std::uint64_t stalled_turns() noexcept { return stalls.load(std::memory_order_relaxed); }

std::chrono::microseconds longest_turn() noexcept
{
    return std::chrono::microseconds{longest.load(std::memory_order_relaxed)};
}
}
