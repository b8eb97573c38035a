// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/outside_way.hpp"

#include "gateway/smtp/destination.hpp"
#include "gateway/smtp/sts_policy.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace smtp {
namespace {
using Way = std::expected<OutsideWay, std::string>;
constexpr std::size_t most_records = 32;
constexpr int most_aliases = 8;
constexpr const char* by_authorities = "authorities"; // no name of a host: it has no dot

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
    std::ranges::sort(records, {}, &net::TlsaRecord::data);
    return records;
}

/// The names that may bear a server's TLSA records, in the order to ask (RFC 7672 §2.2.2): of a
/// name that is an alias, and vouched for as far as its addresses, first what it stands for.
net::awaitable<std::expected<std::vector<std::string>, std::string>>
tlsa_names(filters::auth::Dns& dns, const NextHop& next_hop)
{
    const OutsideHost& host = *next_hop.outside;
    std::string name = next_hop.host;
    for (int aliases = 0; host.is_named_securely && aliases < most_aliases; ++aliases) {
        const auto alias = co_await dns.ask(name, net::RecordType::cname);
        if (alias->has_failed())
            co_return std::unexpected{"whether it is an alias is not known now: " + alias->problem};
        if (!alias->is_found())
            break;
        name = alias->is_secure ? alias->records.front().data : next_hop.host;
        if (!host.is_secure || !alias->is_secure)
            break;
    }
    std::vector<std::string> names;
    if (host.is_secure && name != next_hop.host)
        names.push_back(name);
    if (host.is_secure || name != next_hop.host)
        names.push_back(next_hop.host);
    co_return names;
}

/// What the records of `name` ask for.
OutsideWay way_of(const net::DnsAnswer& answer, const Snapshot& snapshot, const std::string& name,
                  const std::string& domain)
{
    const OutsideWay unauthenticated{TlsUse::required, snapshot.client_tls};
    auto records = usable_records(answer);
    if (records.empty())
        return unauthenticated;
    std::string proof = name;
    for (const auto& record : records)
        proof += fmt::format(" {} {} {} {} {}", record.usage, record.selector, record.matching,
                             record.data.size(), record.data);
    auto context = net::TlsContext::dane_client(std::move(records), {name, domain});
    if (!context)
        return unauthenticated;
    return {TlsUse::verified, std::move(*context), std::move(proof)};
}

/// RFC 7672 §2: nullopt where DANE does not apply.
net::awaitable<std::optional<Way>> dane_way(filters::auth::Dns& dns, const Snapshot& snapshot,
                                            const Route& route, const NextHop& next_hop)
{
    const auto names = co_await tlsa_names(dns, next_hop);
    if (!names)
        co_return Way{std::unexpected{names.error()}};
    for (const auto& name : *names) {
        const std::string question = fmt::format("_{}._tcp.{}", next_hop.port, name);
        const auto answer = co_await dns.ask(question, net::RecordType::tlsa);
        if (answer->has_failed())
            co_return Way{
                std::unexpected{"its TLSA records are not known now: " + answer->problem}};
        if (answer->is_found() && answer->is_secure)
            co_return Way{way_of(*answer, snapshot, name, route.name)};
    }
    co_return std::nullopt;
}

Way sts_way(const Snapshot& snapshot, const StsPolicy& policy, const std::string& host,
            OutsideWay otherwise)
{
    const bool is_allowed = policy.allows(host);
    if (policy.mode == StsPolicy::Mode::enforce) {
        if (!is_allowed)
            return std::unexpected{
                std::string{"the domain's MTA-STS policy does not name this server"}};
        return OutsideWay{TlsUse::verified, snapshot.client_tls_verified, by_authorities};
    }
    otherwise.is_tested = policy.mode == StsPolicy::Mode::testing;
    return otherwise;
}
}

net::awaitable<Way> find_way(filters::auth::Dns& dns, const Snapshot& snapshot,
                             std::shared_ptr<const Route> route, NextHop next_hop)
{
    OutsideWay usual{route->tls, snapshot.client_tls};
    if (route->tls == TlsUse::verified)
        usual = {route->tls, snapshot.client_tls_verified, by_authorities};
    if (route->tls == TlsUse::none)
        co_return usual;
    if (snapshot.settings.outside.has_dane && next_hop.outside) {
        auto way = co_await dane_way(dns, snapshot, *route, next_hop);
        if (way && (!*way || (*way)->tls == TlsUse::verified))
            co_return std::move(*way);
        if (way)
            usual.tls = std::max(usual.tls, (*way)->tls);
    }
    if (route->destination && route->destination->sts)
        co_return sts_way(snapshot, *route->destination->sts, next_hop.host, usual);
    co_return usual;
}
}
