// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/smtp/context.hpp"

#include <expected>
#include <memory>
#include <string>

namespace smtp {
/// How one server of a destination has to be spoken to.
struct OutsideWay {
    TlsUse tls = TlsUse::opportunistic;
    std::shared_ptr<const net::TlsContext> context;
    /// What the server's certificate is verified by, equal for equal ways; empty: by nothing.
    std::string proof = {};
    bool is_tested = false; ///< MTA-STS in testing: failures are told, nothing more
};

/// What TLS has to prove before mail for `route`'s domain goes to this next hop: usable TLSA
/// records (RFC 7672), else the strongest of an MTA-STS policy in force (RFC 8461), what the route
/// says, and TLS with anybody where there are TLSA records of no use. The error: no mail goes to
/// this server now.
net::awaitable<std::expected<OutsideWay, std::string>> find_way(filters::auth::Dns& dns,
                                                                const Snapshot& snapshot,
                                                                std::shared_ptr<const Route> route,
                                                                NextHop next_hop);
}
