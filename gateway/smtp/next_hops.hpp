// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/settings.hpp"

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace smtp {
/// What is known of one server mail goes to, over all loops.
struct NextHopStatus {
    std::string server;                 ///< "mail1.internal:25"
    unsigned connections = 0;
    bool is_down = false;               ///< the breaker is open
    std::string problem;                ///< the last failure, in the server's or our words
    std::chrono::system_clock::time_point since{};
};
std::vector<NextHopStatus> next_hop_status();
}
