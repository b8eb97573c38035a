// SPDX-License-Identifier: Apache-2.0
#include "filters/sources.hpp"
#include "storage/counters.hpp"

#include <algorithm>

namespace filters {
namespace {
unsigned prefix_of(const mail::Ip& ip, Source source)
{
    if (ip.is_v4())
        return source == Source::address ? 32 : 24;
    return source == Source::address ? 64 : 48;
}
}

std::uint64_t source_key(const mail::Ip& ip, Source source, std::uint64_t purpose)
{
    const auto network = ip.network(prefix_of(ip, source));
    return storage::counter_key(network.bytes().data(), network.bytes().size(), purpose);
}

std::string source_text(const mail::Ip& ip, Source source)
{
    const auto prefix = prefix_of(ip, source);
    return prefix == 32 ? ip.to_string()
                        : ip.network(prefix).to_string() + "/" + std::to_string(prefix);
}

bool is_exempt(const mail::Client& client, const std::vector<mail::Network>& networks)
{
    return client.is_inside || client.is_trusted_forwarder
        || std::any_of(networks.begin(), networks.end(),
                       [&](const mail::Network& network) { return network.contains(client.ip); });
}
}
