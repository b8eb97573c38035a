// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/settings.hpp"

#include <atomic>
#include <chrono>
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
    /// Sessions of all loops that have waited long for a connection to it.
    std::atomic<unsigned> hungry{0};

private:
    const std::string server_;
    std::atomic<unsigned> connections_{0};
    std::atomic<unsigned> failures_{0};
    mutable std::mutex mutex_; // guards what follows
    Steady closed_until_{};
    bool is_probing_ = false; // an attempt was let through the open breaker
    std::string problem_;
    std::chrono::system_clock::time_point since_{};
};
}
