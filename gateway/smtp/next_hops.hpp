// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/settings.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace smtp {
/// What is known of one server mail goes to, over all loops.
struct NextHopStatus {
    std::string server; ///< "mail1.internal:25"
    unsigned connections = 0;
    bool is_down = false; ///< the breaker is open
    std::string problem; ///< the last failure, in the server's or our words
    std::chrono::system_clock::time_point since{};
};
std::vector<NextHopStatus> next_hop_status();

/// One server's connections and breaker, shared by all loops. After three failures in a row the
/// breaker opens for 1 s, doubling to 60 s; then one attempt at a time may try.
class NextHopState {
public:
    using Steady = std::chrono::steady_clock::time_point;
    /// The one object for a server's name; lives as long as the process.
    static NextHopState& of(const std::string& server);
    /// The one object for a server that the DNS names. Not among `next_hop_status`; forgotten when
    /// nobody holds it and there are many.
    static std::shared_ptr<NextHopState> of_outside(const std::string& server);

    explicit NextHopState(std::string server) : server_{std::move(server)} { }
    /// Counts a connection; false when `limit` are open.
    bool enter(unsigned limit);
    void leave();
    /// The breaker lets an attempt through now.
    bool may_try(Steady now);
    void succeeded();
    /// Failures of attempts that were under way when the breaker opened open it no further.
    void failed(std::string problem, Steady now, std::chrono::system_clock::time_point wall_now);
    NextHopStatus status() const;

private:
    friend class LoopShare;
    friend class Demand;
    const std::string server_;
    std::atomic<unsigned> demand_{0}; // sessions that use a connection or wait for one
    std::atomic<unsigned> hungry_{0}; // of these, who has waited long
    std::atomic<unsigned> connections_{0};
    std::atomic<unsigned> failures_{0};
    mutable std::mutex mutex_; // guards what follows
    Steady closed_until_{};
    bool is_probing_ = false; // an attempt was let through the open breaker
    std::string problem_;
    std::chrono::system_clock::time_point since_{};
};

/// One loop's share of a server's connections: of `limit`, in proportion to the sessions that want
/// one. Used by one thread at a time.
class LoopShare {
public:
    explicit LoopShare(NextHopState& state) : hop{state} { }
    explicit LoopShare(std::shared_ptr<NextHopState> state) : hop{*state}, owner_{std::move(state)}
    { }
    /// Counts a connection; false when `limit` are open, or when others are hungry and have less.
    bool enter(unsigned limit);
    void leave();
    /// Other loops are hungry, and this one has more than its share, by a whole connection or a
    /// part.
    enum class Excess { none, part, whole };
    Excess excess(unsigned limit) const;
    NextHopState& hop;

private:
    friend class Demand;
    bool is_wanted_elsewhere() const;
    std::shared_ptr<NextHopState> owner_; // where one is needed
    unsigned held_ = 0; // connections, idle ones too
    unsigned demand_ = 0, hungry_ = 0;
};

/// A session that uses a connection of a share or waits for one, while this lives. It keeps the
/// share alive: a lease may end when its loop does.
class Demand {
public:
    explicit Demand(std::shared_ptr<LoopShare> share);
    Demand(Demand&&) noexcept = default;
    Demand& operator=(Demand&& other) noexcept;
    ~Demand();
    LoopShare& share() const { return *share_; }
    /// It has waited long: from now on loops with more than their share give way.
    void mark_hungry();

private:
    std::shared_ptr<LoopShare> share_;
    bool is_hungry_ = false;
};
}
