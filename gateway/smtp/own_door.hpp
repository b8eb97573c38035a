// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"
#include "gateway/smtp/settings.hpp"

#include <cstdint>
#include <vector>

namespace smtp {
/// The listener that takes connections to this address and port; nullptr: they do not end here.
/// `own` are this machine's addresses; what loopback and wildcard listeners accept is known
/// without.
const ListenerSettings* own_door(const std::vector<ListenerSettings>& listeners, const mail::Ip& ip,
                                 std::uint16_t port, const std::vector<mail::Ip>& own);
}
