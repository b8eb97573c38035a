// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/own_door.hpp"

#include "gateway/net/endpoint.hpp"

#include <algorithm>

namespace smtp {
namespace {
bool accepts(const ListenerSettings& listener, const mail::Ip& ip, std::uint16_t port,
             const std::vector<mail::Ip>& own)
{
    static const mail::Ip any_v4 = *mail::Ip::parse("0.0.0.0");
    static const mail::Ip any_v6 = *mail::Ip::parse("::");
    const auto door = net::parse_endpoint(listener.address);
    if (!door || door->port == 0 || door->port != port)
        return false;
    const mail::Ip at{door->bytes};
    if (at != any_v4 && at != any_v6)
        return at == ip;
    return at.is_v4() == ip.is_v4()
        && (ip.is_loopback() || std::ranges::find(own, ip) != own.end());
}
}

const ListenerSettings* own_door(const std::vector<ListenerSettings>& listeners, const mail::Ip& ip,
                                 std::uint16_t port, const std::vector<mail::Ip>& own)
{
    const auto found = std::ranges::find_if(
        listeners, [&](const auto& listener) { return accepts(listener, ip, port, own); });
    return found == listeners.end() ? nullptr : &*found;
}
}
