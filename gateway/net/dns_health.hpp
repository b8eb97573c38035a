// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/endpoint.hpp"
#include "gateway/net/env.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace net {
/// How the DNS is asked.
struct DnsSettings {
    /// In the order to try. Without any, every question fails at once.
    std::vector<Endpoint> servers = {};
    std::chrono::milliseconds timeout{5000}; ///< for one question, all tries together
    std::size_t cache_bytes = 32U << 20; ///< of all loops; fixed when the resolver is made
    unsigned under_way = 2000; ///< questions of one loop at once
    unsigned under_way_zone = 200; ///< the same for one zone

    bool operator==(const DnsSettings&) const = default;
};

/// The servers of /etc/resolv.conf; 127.0.0.1:53 when it names none. Reads a file: not on a loop.
std::vector<Endpoint> system_dns_servers(const std::string& path = "/etc/resolv.conf");

/// What all loops know of the DNS together.
struct DnsHealth {
    std::atomic<bool> is_open{false}; ///< the breaker: no server speaks, questions fail at once
    std::atomic<Env::Steady::rep> heard_at{0};
    std::atomic<std::uint64_t> questions{0}; ///< that went to a server
    std::atomic<std::uint64_t> cached{0}; ///< answered without
    std::atomic<std::uint64_t> joined{0}; ///< shared a question under way
    std::atomic<std::uint64_t> failed{0}, timed_out{0}, refused_by_limit{0}, breaker_opened{0};
    std::atomic<std::uint64_t> under_way{0};
};

/// The numbers for metrics and status.
struct DnsStatus {
    bool is_breaker_open = false;
    std::uint64_t questions = 0, cached = 0, joined = 0, failed = 0, timed_out = 0;
    std::uint64_t refused_by_limit = 0, breaker_opened = 0, under_way = 0;
    std::size_t cache_entries = 0, cache_bytes = 0;
    std::vector<Endpoint> servers;
};
}
