// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>

namespace net {
/// A turn is what one thread does between two looks at its sockets: from the return of one
/// epoll_wait to the next. Wall time on the monotonic clock, so a blocking call counts as well as
/// work, and so does the machine taking the CPU away. Two clock reads a turn (about 50 ns).
void turn_begins() noexcept;
void turn_ends() noexcept;
/// Forgets a turn that has begun: the thread leaves its loop.
void no_turn() noexcept;

/// Turns over 20 ms in this process, and the longest turn.
std::uint64_t stalled_turns() noexcept;
std::chrono::microseconds longest_turn() noexcept;
}
