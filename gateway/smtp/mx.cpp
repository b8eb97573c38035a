// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/mx.hpp"

#include "filters/dns_address.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace smtp {
namespace {
using mail::Reply;
using net::DnsAnswer;
using net::RecordType;
constexpr std::size_t most_hosts = 16, most_addresses = 4; // of each family

/// Equal ones in an order that differs from mail to mail (RFC 5321 §5.1).
void shuffle_equals(std::vector<MxHost>& hosts, std::uint64_t chance)
{
    for (std::size_t i = hosts.size(); i > 1; --i) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        std::swap(hosts[i - 1], hosts[(chance >> 33) % i]);
    }
    std::ranges::sort(hosts, {}, &MxHost::preference);
}

void add_addresses(const DnsAnswer& answer, std::uint16_t port, std::vector<net::Endpoint>& to)
{
    std::size_t count = 0;
    for (const auto& record : answer.records) {
        const auto ip = filters::address_of(record);
        if (ip && ++count <= most_addresses)
            to.push_back({.bytes = ip->bytes(), .port = port});
    }
}
}

std::expected<MxHosts, Reply> mx_hosts(const std::string& domain, const DnsAnswer& answer,
                                       std::string_view own_name, std::uint64_t chance)
{
    MxHosts found{.is_secure = answer.is_secure};
    switch (answer.status) {
    case DnsAnswer::Status::failed:
        return std::unexpected{Reply{
            451, "4.4.3",
            fmt::format("the mail servers of {} are not known now: {}", domain, answer.problem)}};
    case DnsAnswer::Status::no_name:
        return std::unexpected{Reply{550, "5.1.2", "there is no domain " + domain}};
    case DnsAnswer::Status::no_data:
        found.is_implicit = true;
        found.hosts.push_back({domain, 0});
        return found;
    case DnsAnswer::Status::found:
        break;
    }
    for (const auto& record : answer.records)
        if (!record.data.empty())
            found.hosts.push_back({record.data, record.preference});
    if (found.hosts.empty())
        return std::unexpected{Reply{556, "5.1.10", domain + " takes no mail (null MX)"}};
    shuffle_equals(found.hosts, chance);
    const auto ourselves = std::ranges::find_if(found.hosts, [&](const MxHost& host) {
        return mail::equals_ignoring_case(host.name, own_name);
    });
    if (ourselves != found.hosts.end()) {
        const auto limit = ourselves->preference;
        std::erase_if(found.hosts,
                      [limit](const MxHost& host) { return host.preference >= limit; });
        if (found.hosts.empty())
            return std::unexpected{
                Reply{554, "5.4.6", "mail for " + domain + " would come back to this server"}};
    }
    if (found.hosts.size() > most_hosts)
        found.hosts.resize(most_hosts);
    return found;
}

net::awaitable<HostAddresses> host_addresses(filters::auth::Dns& dns, std::string host,
                                             std::uint16_t port)
{
    HostAddresses found{.is_secure = true};
    for (const auto type : {RecordType::a, RecordType::aaaa}) {
        const auto answer = co_await dns.ask(host, type);
        // Silence proves nothing: who keeps one answer back must not switch DANE off.
        found.is_secure &= answer->is_secure || answer->has_failed();
        found.has_failed |= answer->has_failed();
        add_addresses(*answer, port, found.addresses);
    }
    co_return found;
}

net::awaitable<net::DnsAnswerPtr> DeliveryDns::ask(std::string name, RecordType type)
{
    return resolver_.query(std::move(name), type, &left_);
}
}
