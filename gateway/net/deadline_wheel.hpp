// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace net {
/// A ring of links; each element unlinks itself.
struct DeadlineLink {
    DeadlineLink* previous = this;
    DeadlineLink* next = this;

    DeadlineLink() = default;
    DeadlineLink(const DeadlineLink&) = delete;
    DeadlineLink& operator=(const DeadlineLink&) = delete;
    bool is_alone() const { return next == this; }
    void unlink();
    void link_before(DeadlineLink& other);
};

/// What the wheel keeps: when it is due, and in which turn of the wheel it will be looked at.
/// Moving `due` later needs no more than the store; the wheel finds out when it looks.
struct WheelEntry : DeadlineLink {
    std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
    std::int64_t tick = -1; ///< -1: not in the wheel
};

/// Deadlines by the quarter second (2^28 ns) in which they are looked at: 256 slots, 68 s around.
/// An entry due later than that is looked at once a round. No clock of its own.
class DeadlineWheel {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// True when `entry` must be put anew to be seen in time.
    static bool is_late(const WheelEntry& entry)
    {
        return entry.tick < 0 || tick_of(entry.due) < entry.tick;
    }
    /// (Re)places an entry by its `due`.
    void put(WheelEntry& entry, Time now);
    void remove(WheelEntry& entry);
    bool is_empty() const { return count_ == 0; }
    /// The slots up to `now`; calls `expire(entry)` for each entry that is due, after taking it
    /// out. `expire` may put and remove entries.
    template <class Expire> void sweep(Time now, Expire expire)
    {
        const std::int64_t current = tick_of(now);
        // The current slot is looked at again next time: it may hold entries due in its remainder.
        for (std::int64_t tick = first_tick(current); tick <= current; ++tick) {
            DeadlineLink kept;
            DeadlineLink& slot = slots_[index(tick)];
            while (!slot.is_alone()) {
                auto& entry = static_cast<WheelEntry&>(*slot.next);
                if (entry.due <= now) {
                    remove(entry);
                    expire(entry);
                } else {
                    entry.unlink();
                    entry.link_before(kept);
                }
            }
            while (!kept.is_alone())
                put(static_cast<WheelEntry&>(*kept.next), now);
        }
        swept_ = current;
    }

private:
    static constexpr std::int64_t slot_count = 256;
    static std::int64_t tick_of(Time time) { return time.time_since_epoch().count() >> 28; }
    static std::size_t index(std::int64_t tick)
    {
        return static_cast<std::size_t>(tick & (slot_count - 1));
    }
    std::int64_t first_tick(std::int64_t current) const
    {
        const std::int64_t round_ago = current - slot_count + 1;
        return swept_ > round_ago ? swept_ : round_ago;
    }
    std::array<DeadlineLink, slot_count> slots_;
    std::int64_t swept_ = 0;
    std::size_t count_ = 0;
};
}
