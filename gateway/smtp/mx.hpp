// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/reply.hpp"
#include "gateway/net/endpoint.hpp"
#include "gateway/net/resolver.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace smtp {
/// A server that takes mail for a domain, as the DNS names it.
struct MxHost {
    std::string name;
    std::uint16_t preference = 0;
    bool operator==(const MxHost&) const = default;
};

/// The servers of a domain in the order to try.
struct MxHosts {
    std::vector<MxHost> hosts = {};
    bool is_implicit = false; ///< no MX: the domain's own address (RFC 5321 §5.1)
    bool is_secure = false; ///< the DNS vouches for the list
};

/// What an answer to the question for MX means for `domain`: at most sixteen servers by preference,
/// equal ones by `chance`, without `own_name` and what is no better than it. The error is the reply
/// for the recipient: 5.1.2 no such domain, 5.1.10 it takes no mail (RFC 7505), 5.4.6 it leads
/// here, 4.4.3 nothing is known now.
std::expected<MxHosts, mail::Reply> mx_hosts(const std::string& domain,
                                             const net::DnsAnswer& answer,
                                             std::string_view own_name, std::uint64_t chance);

/// The addresses of a server, IPv4 before IPv6, at most eight.
struct HostAddresses {
    std::vector<net::Endpoint> addresses = {};
    bool is_secure = false; ///< the DNS vouches for all that it said
    bool has_failed = false; ///< the DNS could not say
};
net::awaitable<HostAddresses> host_addresses(filters::auth::Dns& dns, std::string host,
                                             std::uint16_t port);

/// The resolver for one delivery: at most `queries` questions that the cache cannot answer.
class DeliveryDns final : public filters::auth::Dns {
public:
    explicit DeliveryDns(net::Resolver& resolver, unsigned queries = 60)
        : resolver_{resolver}, left_{queries}
    { }
    net::awaitable<net::DnsAnswerPtr> ask(std::string name, net::RecordType type) override;

private:
    net::Resolver& resolver_;
    unsigned left_;
};
}
