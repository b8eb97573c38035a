// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// From which amounts on an account's sending is more than usual (features O5, O10, O11). The
/// administrator sets and publishes them.
struct HabitLimits {
    unsigned per_message = 100; ///< recipients of one mail
    unsigned in_10_minutes = 60, in_hour = 200, in_day = 1000; ///< recipients
    unsigned copied_in_hour = 150, hidden_in_hour = 100; ///< recipients in Cc, and in Bcc
    unsigned strangers = 25; ///< in an hour, of an account that has known recipients
    double factor = 3; ///< where an account's own past is larger, so many times that
    std::chrono::hours dormant_after{30 * 24};
    unsigned after_waking = 6; ///< recipients in the hour in which an account that slept wakes
    double bounced_share = 0.3; ///< of at least ten recipients in an hour
    double hold = 1.5, lock = 6; ///< times a limit; from one times on it is slowed down
};

/// Recipients of one mail whom others see in its Cc, and those whom it names nowhere (Bcc).
struct Copies {
    unsigned copied = 0, hidden = 0;
};

enum class Brake { none, slow, hold, lock };
std::string_view to_string(Brake brake);

/// How an account usually sends: as little as shows that somebody else does. About 1.9 KiB. What it
/// sent only becomes usual as days pass, by a fifth a day at most, so that nobody who has taken an
/// account can teach it a new life by the hour. Times are the caller's; one that falls by more than
/// a day ends what was counted.
class Habit {
public:
    using WallTime = std::chrono::system_clock::time_point;
    /// A limit that was reached: "burst", 4.2 times.
    struct Reason {
        /// fan_out, burst, hour, day, copied, hidden, strangers, waking, bounces
        std::string_view name;
        double ratio = 0;
        unsigned count = 0;
        double limit = 0;
    };
    struct Judgement {
        Brake brake = Brake::none;
        std::vector<Reason> reasons = {}; ///< worst first
    };

    /// One mail to recipients with these hashes: counts and judges it.
    Judgement take(std::span<const std::uint64_t> recipients, WallTime now,
                   const HabitLimits& limits, Copies copies = {});
    /// One of its recipients bounced.
    void note_bounce(WallTime now, const HabitLimits& limits);
    /// A person says that all is well: what it did so far is usual.
    void forgive();
    /// What it did so far counts no more and is no habit either: after a lock.
    void begin_anew();

    std::string encode() const;
    /// nullopt for what `encode` did not make.
    static std::optional<Habit> decode(std::string_view octets);

private:
    static constexpr std::size_t in_hour = 12, in_day = 288; // five minutes each
    /// What an account does in a span of time, and what is usual for it.
    struct Peak {
        float usual = 0, today = 0;
        void end_day(float days, float least);
    };
    struct State {
        std::uint32_t version = 2;
        std::uint32_t slot = 0; ///< five minutes since 1970 that the buckets begin with; 0: new
        std::uint32_t first = 0; ///< slot of its first mail
        std::uint32_t woke = 0; ///< slot in which it came back from a long silence; 0: it did not
        std::uint32_t met_count = 0;
        std::uint32_t unused = 0; ///< so that no octet is left undefined
        Peak burst, hour, day, strangers;
        std::array<std::uint16_t, in_day> recipients{}; ///< newest first
        std::array<std::uint16_t, in_hour> strange{}, bounced{};
        std::array<std::uint64_t, 64> met{}, met_before{}; ///< Bloom filters that take turns
        // From here on it is of the second version.
        Peak copies_seen, copies_hidden;
        std::array<std::uint16_t, in_hour> copied{}, hidden{};
    };
    void turn_back(std::uint32_t slot);
    void advance(WallTime now, const HabitLimits& limits);
    void end_days(std::uint32_t days, const HabitLimits& limits);
    bool meet(std::uint64_t recipient);
    unsigned sum(std::size_t buckets) const;
    Judgement judge(unsigned of_mail, const HabitLimits& limits) const;

    State state_;
};
}
