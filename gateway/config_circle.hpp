// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/yaml.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/smtp/settings.hpp"

#include <vector>

namespace app {
/// What is certain, and what depends on what a name means to the machine that looks it up.
struct CircleComplaints {
    filters::Complaints& errors;
    filters::Complaints& warnings;
};

/// Complains of every next hop in the tree that is one of the listeners: mail would go round in a
/// circle until its hops are counted out. `own` are this machine's addresses; what loopback and
/// wildcard listeners accept is known without. Addresses and "localhost" are errors. Our own host
/// name is compared, not looked up, and a warning: inside, it may lead to the internal server.
void complain_of_circles(const filters::Yaml& tree, const smtp::Settings& settings,
                         const std::vector<mail::Ip>& own, const CircleComplaints& complaints);

/// The addresses of this machine's interfaces; empty when the system does not tell.
std::vector<mail::Ip> machine_addresses();
}
