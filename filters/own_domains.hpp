// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"

#include <string>
#include <vector>

namespace filters {
/// The domains that this gateway takes mail for, for layers that are built next. At most 1,000
/// count, for each link of a message is compared with each of them.
void set_own_domains(Services& services, std::vector<std::string> domains);
std::vector<std::string> own_domains(Services& services);
}
