// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/client.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace smtp {
/// How much mail one destination takes at once, over all loops. It begins with five transactions,
/// grows by one for each window that went well up to twenty, and halves when the destination says
/// that it is too much; where one is too much, pauses of 1 s and more up to a minute lie between.
class Pace {
public:
    using Steady = std::chrono::steady_clock::time_point;
    static constexpr unsigned first_window = 5, widest_window = 20;
    enum class Signal { well, too_much, neither };

    /// The pace of a destination. Bounded: of those at rest the ones that learnt nothing, or
    /// longest ago, are forgotten when there are many.
    static std::shared_ptr<Pace> of(const std::string& destination);

    /// One transaction under way, while this lives.
    class Slot {
    public:
        Slot(std::shared_ptr<Pace> pace, Steady now) : pace_{std::move(pace)}, entered_{now} { }
        Slot(Slot&&) noexcept = default;
        Slot& operator=(Slot&&) = delete;
        ~Slot();
        /// What the destination made of it.
        void report(Signal signal, Steady now);

    private:
        std::shared_ptr<Pace> pace_;
        Steady entered_;
    };
    /// nullopt: not now.
    static std::optional<Slot> enter(const std::shared_ptr<Pace>& pace, Steady now);
    /// `enter` would succeed.
    bool has_room(Steady now) const;
    unsigned window() const;
    Steady last_report() const;
    /// How soon the transaction that comes after so many may begin, at its best.
    std::chrono::milliseconds turn_of(std::size_t place) const;

private:
    mutable std::mutex mutex_; // guards what follows
    unsigned window_ = first_window, under_way_ = 0, went_well_ = 0;
    std::chrono::seconds pause_{};
    std::chrono::milliseconds takes_{20}; ///< a transaction, of late
    Steady not_before_{}, last_report_{};
};

/// What an outcome says of the pace: a reply about the sender or its amount, not about one mail or
/// recipient.
Pace::Signal signal_of(const Outcome& outcome);
}
