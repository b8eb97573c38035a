// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_circle.hpp"

#include "gateway/config_values.hpp"
#include "gateway/mail/address.hpp"
#include "gateway/net/endpoint.hpp"
#include "gateway/smtp/own_door.hpp"

#include <ifaddrs.h>

#include <algorithm>
#include <memory>

namespace app {
namespace {
using filters::Yaml;

const mail::Ip loopback_v4 = *mail::Ip::parse("127.0.0.1");
const mail::Ip loopback_v6 = *mail::Ip::parse("::1");
const mail::Ip any_v4 = *mail::Ip::parse("0.0.0.0");
const mail::Ip any_v6 = *mail::Ip::parse("::");

struct Ends {
    std::vector<mail::Ip> at;
    bool is_certain = true;
};

/// Where a connection to `host` ends as far as that is known without asking anyone.
Ends ends_of(const std::string& host, const std::string& own_name, const std::vector<mail::Ip>& own)
{
    if (const auto ip = mail::Ip::parse(host)) {
        // The system connects to itself where no address is named.
        if (*ip == any_v4)
            return {{loopback_v4}};
        return {{*ip == any_v6 ? loopback_v6 : *ip}};
    }
    const auto domain = mail::Domain::parse(host);
    if (!domain)
        return {};
    const std::string& name = domain->ascii();
    if (name == "localhost" || name.ends_with(".localhost"))
        return {{loopback_v4, loopback_v6}};
    const auto ours = mail::Domain::parse(own_name);
    // Inside, that name may well be the internal server's (split horizon).
    return ours && *ours == *domain ? Ends{own, false} : Ends{};
}

void complain_of(const Yaml& next_hop, const smtp::Settings& settings,
                 const std::vector<mail::Ip>& own, const CircleComplaints& complaints)
{
    const bool is_lmtp = next_hop.is_map() && next_hop.find("protocol").text() == "lmtp";
    const Yaml servers = next_hop.is_map() ? next_hop.find("servers") : next_hop;
    for (const auto& item : servers.is_scalar() ? std::vector{servers} : servers.items()) {
        const auto server = parse_server(item.text(), is_lmtp ? 24 : 25);
        if (!server)
            continue;
        const Ends ends = ends_of(server->host, settings.hostname, own);
        for (const auto& ip : ends.at) {
            const auto* circle = smtp::own_door(settings.listeners, ip, server->port, own);
            if (!circle)
                continue;
            const std::string listener
                = "our own listener \"" + circle->name + "\" (" + circle->address + ")";
            if (ends.is_certain)
                complaints.errors.push_back(item.complain("the next hop \"" + item.text() + "\" is "
                                                          + listener
                                                          + ": mail would go round in a circle"));
            else
                complaints.warnings.push_back(item.complain(
                    "the next hop \"" + item.text() + "\" has our own name; if it leads to "
                    + listener + ", mail goes round in a circle"));
            break;
        }
    }
}
}

void complain_of_circles(const Yaml& tree, const smtp::Settings& settings,
                         const std::vector<mail::Ip>& own, const CircleComplaints& complaints)
{
    for (const auto& domain : tree.find("domains").items())
        complain_of(domain.find("next_hop"), settings, own, complaints);
    if (const Yaml relay = tree.at({"outbound", "relay"}))
        complain_of(relay, settings, own, complaints);
}

std::vector<mail::Ip> machine_addresses()
{
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0)
        return {};
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> guard{first, &::freeifaddrs};
    std::vector<mail::Ip> addresses;
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        if (!one->ifa_addr)
            continue;
        const auto endpoint = net::endpoint_of(*one->ifa_addr);
        if (!endpoint.is_local_socket)
            addresses.emplace_back(endpoint.bytes);
    }
    return addresses;
}
}
