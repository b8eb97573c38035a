// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/reply.hpp"
#include "gateway/net/endpoint.hpp"
#include "gateway/smtp/settings.hpp"

#include <expected>
#include <memory>

namespace smtp {
class StsCache;
struct StsPolicy;

/// A server of a destination as the DNS knows it.
struct OutsideHost {
    std::vector<net::Endpoint> addresses; ///< in the order to try, none forbidden
    bool is_secure = false; ///< the DNS vouches for name and addresses: DANE may apply
    bool is_named_securely = false; ///< for the name alone
};

/// What there is to know of a domain besides its servers.
struct Destination {
    std::shared_ptr<const StsPolicy> sts; ///< null: none
};

/// What finding the way to a domain needs. References outlive it.
struct WayFinder {
    filters::auth::Dns& dns;
    const Settings& settings;
    StsCache* sts = nullptr;
    std::uint64_t chance = 0; ///< for the order of equal servers
};

/// The route to the servers of `route`'s domain or address literal: next hops with addresses, in
/// the order to try (RFC 5321 §5.1). None of them leads back here or where strangers must not
/// lead. The error is the reply for the recipient.
net::awaitable<std::expected<std::shared_ptr<const Route>, mail::Reply>>
find_destination(WayFinder finder, std::shared_ptr<const Route> route);
}
