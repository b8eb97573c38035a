// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/destination.hpp"

#include "gateway/mail/ip.hpp"
#include "gateway/smtp/mx.hpp"
#include "gateway/smtp/own_door.hpp"
#include "gateway/smtp/sts_cache.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace smtp {
namespace {
using mail::Reply;
using Found = std::expected<std::shared_ptr<const Route>, Reply>;

/// The servers found so far, and why others are not among them.
struct Search {
    const Settings& settings;
    std::string domain;
    MxHosts mx = {};
    std::vector<HostAddresses> addresses = {}; ///< by host
    bool leads_here = false, leads_astray = false, has_failed = false;
};

bool is_forbidden(const OutsideSettings& outside, const mail::Ip& ip)
{
    return std::ranges::any_of(outside.never_to,
                               [&](const mail::Network& one) { return one.contains(ip); });
}

/// A server at one of our own doors is ourselves: it and what is no better than it are left out.
void leave_out_ourselves(Search& search)
{
    const auto& [settings, domain, mx, addresses, leads_here, astray, failed] = search;
    std::optional<std::uint16_t> limit;
    for (std::size_t i = 0; i < mx.hosts.size() && !limit; ++i)
        for (const auto& address : addresses[i].addresses)
            if (own_door(settings.listeners, mail::Ip{address.bytes}, address.port,
                         settings.outside.own_addresses))
                limit = mx.hosts[i].preference;
    if (!limit)
        return;
    search.leads_here = true;
    std::erase_if(search.mx.hosts, [&](const MxHost& host) { return host.preference >= *limit; });
    search.addresses.resize(search.mx.hosts.size()); // those left stand in front
}

std::shared_ptr<const Route> route_to(Search& search, const Route& from)
{
    auto route = std::make_shared<Route>(from);
    for (std::size_t i = 0; i < search.mx.hosts.size(); ++i) {
        auto& found = search.addresses[i];
        const auto count = found.addresses.size();
        std::erase_if(found.addresses, [&](const net::Endpoint& address) {
            return is_forbidden(search.settings.outside, mail::Ip{address.bytes});
        });
        search.leads_astray |= found.addresses.size() < count;
        search.has_failed |= found.has_failed;
        if (found.addresses.empty())
            continue;
        const OutsideHost host{std::move(found.addresses), search.mx.is_secure && found.is_secure,
                               search.mx.is_secure};
        route->next_hops.push_back({search.mx.hosts[i].name, search.settings.outside.port,
                                    std::make_shared<const OutsideHost>(host)});
    }
    return route->next_hops.empty() ? nullptr : route;
}

Reply nowhere(const Search& search)
{
    if (search.leads_here && !search.has_failed)
        return {554, "5.4.6", "mail for " + search.domain + " would come back to this server"};
    if (search.has_failed)
        return {451, "4.4.3",
                "the addresses of the mail servers of " + search.domain + " are not known now"};
    if (search.leads_astray)
        return {550, "5.4.4",
                "the mail servers of " + search.domain + " have addresses that no mail goes to"};
    if (search.mx.is_implicit)
        return {550, "5.1.2", search.domain + " has neither a mail server nor an address"};
    return {550, "5.4.4", "the mail servers of " + search.domain + " have no addresses"};
}

Found to_literal(const WayFinder& finder, const Route& route)
{
    std::string_view text{route.name};
    text = text.substr(1, text.size() - 2);
    if (text.starts_with("IPv6:"))
        text.remove_prefix(5);
    const auto endpoint = net::parse_address(text, finder.settings.outside.port);
    if (!endpoint)
        return std::unexpected{Reply{550, "5.1.2", "an address that cannot be understood"}};
    Search search{.settings = finder.settings, .domain = route.name};
    search.mx.hosts.push_back({std::string{text}, 0});
    search.addresses.push_back({.addresses = {*endpoint}});
    leave_out_ourselves(search);
    auto made = route_to(search, route);
    return made ? Found{std::move(made)} : std::unexpected{nowhere(search)};
}
}

net::awaitable<Found> find_destination(WayFinder finder, std::shared_ptr<const Route> route)
{
    const std::string domain = route->name;
    if (domain.starts_with('['))
        co_return to_literal(finder, *route);
    const auto answer = co_await finder.dns.ask(domain, net::RecordType::mx);
    auto mx = mx_hosts(domain, *answer, finder.settings.hostname, finder.chance);
    if (!mx)
        co_return std::unexpected{std::move(mx.error())};
    Search search{.settings = finder.settings, .domain = domain, .mx = std::move(*mx)};
    for (const auto& host : search.mx.hosts)
        search.addresses.push_back(
            co_await host_addresses(finder.dns, host.name, finder.settings.outside.port));
    leave_out_ourselves(search);
    auto made = route_to(search, *route);
    if (!made)
        co_return std::unexpected{nowhere(search)};
    if (!finder.sts || !finder.settings.outside.has_sts)
        co_return made;
    auto known = std::make_shared<Destination>();
    known->sts = co_await finder.sts->policy_of(domain, finder.dns);
    auto complete = std::make_shared<Route>(*made);
    complete->destination = std::move(known);
    co_return complete;
}
}
