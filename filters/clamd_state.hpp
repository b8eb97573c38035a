// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/clamd_session.hpp"
#include "gateway/net/env.hpp"

#include <cstdint>
#include <mutex>
#include <string>

namespace filters {
/// How one clamd has answered lately. One that fails rests, and is asked again only after that, or
/// where all of them rest and it never was slow. Safe from all threads.
class ClamdState {
public:
    using Time = net::Env::Steady;
    bool may_ask(Time now);
    void answered(const ClamdAnswer& answer);
    /// `was_slow`: it took its whole time, so that asking it again costs as much.
    void failed(std::string problem, bool was_slow, Time now);
    bool is_slow() const;
    /// Nobody has asked it for a while, so that its state may have changed.
    bool is_stale(Time now) const;
    void heard(Time now); ///< it answers, of no mail

    struct Report {
        std::string server;
        std::uint64_t scans = 0, infected = 0, failures = 0;
        bool is_up = true;
        std::string problem; ///< why it is not up
    };
    Report report() const;

private:
    mutable std::mutex mutex_;
    Report numbers_;
    bool is_slow_ = false;
    Time rests_until_{}, heard_at_{};
};
}
