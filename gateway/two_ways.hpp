// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/two_way_memory.hpp"
#include "storage/history.hpp"
#include "storage/records.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace app {
/// What a gate remembers of both directions: mail that came in, who forwards it, what accounts
/// usually send. Puts it where layers and sessions find it, and takes it away when it goes.
class TwoWays {
public:
    /// All outlive this. Blocks. What cannot be opened is not remembered, and the log says so.
    TwoWays(const std::string& data, net::WorkerPool& pool, filters::Services& services,
            storage::History& history, std::uint64_t secret);
    ~TwoWays();
    TwoWays(const TwoWays&) = delete;
    TwoWays& operator=(const TwoWays&) = delete;
    /// Writes what changed, and forgets what is too old. Blocks.
    void save(std::chrono::system_clock::time_point now);
    /// Whether a brake changed since this was asked last: that is to be saved soon.
    bool take_new_brake() { return has_new_brake_.exchange(false); }

private:
    std::atomic<bool> has_new_brake_ = false;
    storage::Records forwarding_, habits_, dead_, reports_, pairs_, unread_, uses_;
    std::unique_ptr<filters::TwoWayMemory> memory_;
};
}
