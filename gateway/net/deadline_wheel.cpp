// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/deadline_wheel.hpp"

#include <algorithm>
#include <type_traits>

namespace net {
static_assert(std::is_same_v<std::chrono::steady_clock::period, std::nano>);

void DeadlineLink::unlink()
{
    previous->next = next;
    next->previous = previous;
    previous = next = this;
}

void DeadlineLink::link_before(DeadlineLink& other)
{
    previous = other.previous;
    next = &other;
    previous->next = this;
    other.previous = this;
}

void DeadlineWheel::put(WheelEntry& entry, Time now)
{
    if (entry.tick < 0)
        ++count_;
    const std::int64_t current = std::max(tick_of(now), swept_);
    entry.tick = std::clamp(tick_of(entry.due), current, current + slot_count - 1);
    entry.unlink();
    entry.link_before(slots_[index(entry.tick)]);
}

void DeadlineWheel::remove(WheelEntry& entry)
{
    if (entry.tick < 0)
        return;
    entry.unlink();
    entry.tick = -1;
    --count_;
}
}
