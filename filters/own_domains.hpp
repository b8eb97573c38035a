// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"

#include <string>
#include <vector>

namespace filters {
/// The domains that this gateway takes mail for, for layers that are built next.
void set_own_domains(Services& services, std::vector<std::string> domains);
/// Those, and what the setting says: names that others like to pretend to be. Of our own at most
/// 1,000, for each link of a message is compared with each of them.
std::vector<std::string> protected_names(std::vector<std::string> chosen, Services& services);
}
