// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/config_values.hpp"

namespace app {
/// Details, aliases and alias domains of the domains that are already in `settings`; an alias
/// domain without a next hop gets the other's. Complains of circles and of domains that are not
/// ours.
void fill_aliases(const filters::Yaml& tree, smtp::Settings& settings,
                  filters::Complaints& complaints);
}
