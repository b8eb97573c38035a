// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/yaml.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/smtp/settings.hpp"

#include <vector>

namespace app {
/// Complains of every next hop in the tree that is one of the listeners: mail would go round in a
/// circle until its hops are counted out. `own` are this machine's addresses; what loopback and
/// wildcard listeners accept is known without. Names are compared, not looked up: "localhost" and
/// our own host name.
void complain_of_circles(const filters::Yaml& tree, const smtp::Settings& settings,
                         const std::vector<mail::Ip>& own, filters::Complaints& complaints);

/// The addresses of this machine's interfaces; empty when the system does not tell.
std::vector<mail::Ip> machine_addresses();
}
