// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "filters/units.hpp"
#include "storage/counters.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <string>

namespace filters {
/// What rate control remembers over reloads: counters of the window and how busy sources are.
/// Safe from all loops; memory is bounded by the counters' capacity.
class RateState {
public:
    /// The one of these services, made on first use.
    static std::shared_ptr<RateState> of(Services& services);

    /// Counts of one window, for as long as a layer holds them: those that a refused configuration
    /// would have changed stay as they are. Call when layers are made.
    std::shared_ptr<storage::WindowCounters> counters(std::string_view name,
                                                      std::chrono::milliseconds window);
    /// A source's count of sessions in the window in force, seen when one begins.
    void note_sessions(double count, std::chrono::milliseconds window);
    /// What the traffic so far suggests for `rate: sessions`: four times what 99.9 % of the
    /// sessions had, at least 50; one sentence for `status`. "" while fewer than 1,000 sessions
    /// were seen.
    std::string proposal() const;
    double proposed_limit() const;

private:
    // Bucket i: counts below 2^(i/2).
    std::array<std::atomic<std::uint64_t>, 48> histogram_{};
    std::map<std::pair<std::string, std::chrono::seconds>, std::weak_ptr<storage::WindowCounters>>
        counters_;
    std::atomic<std::chrono::milliseconds> window_{};
};
}
