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
    bool is_tested = false; ///< MTA-STS in testing: failures are told, nothing more
};

/// What TLS has to prove before mail for `route`'s domain goes to this next hop: usable TLSA
/// records (RFC 7672), else an MTA-STS policy in force (RFC 8461), else what the route says. The
/// error: no mail goes to this server now.
net::awaitable<std::expected<OutsideWay, std::string>> find_way(filters::auth::Dns& dns,
                                                                const Snapshot& snapshot,
                                                                std::shared_ptr<const Route> route,
                                                                NextHop next_hop);
}
