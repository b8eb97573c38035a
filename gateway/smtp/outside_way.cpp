// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/outside_way.hpp"

#include "gateway/smtp/destination.hpp"
#include "gateway/smtp/sts_policy.hpp"

#include <fmt/format.h>

namespace smtp {
namespace {
using Way = std::expected<OutsideWay, std::string>;
constexpr std::size_t most_records = 32;

/// The records that RFC 7672 §3.1 lets SMTP use: PKIX-TA and PKIX-EE are not among them.
std::vector<net::TlsaRecord> usable_records(const net::DnsAnswer& answer)
{
    std::vector<net::TlsaRecord> records;
    for (const auto& record : answer.records) {
        if (record.data.size() < 4 || records.size() >= most_records)
            continue;
        const auto octet
            = [&](std::size_t at) { return static_cast<std::uint8_t>(record.data[at]); };
        if (octet(0) == 2 || octet(0) == 3)
            records.push_back({octet(0), octet(1), octet(2), record.data.substr(3)});
    }
    return records;
}

/// RFC 7672 §2: nullopt where DANE does not apply.
net::awaitable<std::optional<Way>> dane_way(filters::auth::Dns& dns, const Snapshot& snapshot,
                                            const Route& route, const NextHop& next_hop)
{
    const std::string domain = route.name;
    const std::string question = fmt::format("_{}._tcp.{}", next_hop.port, next_hop.host);
    const auto answer = co_await dns.ask(question, net::RecordType::tlsa);
    if (answer->has_failed())
        co_return Way{std::unexpected{"its TLSA records are not known now: " + answer->problem}};
    if (!answer->is_found() || !answer->is_secure)
        co_return std::nullopt;
    const Way unauthenticated{OutsideWay{TlsUse::required, snapshot.client_tls}};
    auto records = usable_records(*answer);
    if (records.empty())
        co_return unauthenticated;
    auto context = net::TlsContext::dane_client(std::move(records), {next_hop.host, domain});
    if (!context)
        co_return unauthenticated;
    co_return Way{OutsideWay{TlsUse::verified, std::move(*context)}};
}

Way sts_way(const Snapshot& snapshot, const StsPolicy& policy, const std::string& host,
            OutsideWay otherwise)
{
    const bool is_allowed = policy.allows(host);
    if (policy.mode == StsPolicy::Mode::enforce) {
        if (!is_allowed)
            return std::unexpected{
                std::string{"the domain's MTA-STS policy does not name this server"}};
        return OutsideWay{TlsUse::verified, snapshot.client_tls_verified};
    }
    otherwise.is_tested = policy.mode == StsPolicy::Mode::testing;
    return otherwise;
}
}

net::awaitable<Way> find_way(filters::auth::Dns& dns, const Snapshot& snapshot,
                             std::shared_ptr<const Route> route, NextHop next_hop)
{
    const bool must_verify = route->tls == TlsUse::verified;
    const OutsideWay usual{route->tls,
                           must_verify ? snapshot.client_tls_verified : snapshot.client_tls};
    if (route->tls == TlsUse::none)
        co_return usual;
    if (snapshot.settings.outside.has_dane && next_hop.outside && next_hop.outside->is_secure) {
        auto way = co_await dane_way(dns, snapshot, *route, next_hop);
        if (way)
            co_return std::move(*way);
    }
    if (route->destination && route->destination->sts)
        co_return sts_way(snapshot, *route->destination->sts, next_hop.host, usual);
    co_return usual;
}
}
