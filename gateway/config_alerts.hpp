// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/config.hpp"
#include "gateway/config_values.hpp"

namespace app {
/// `alerts`: who is told when something is bad.
void fill_alerts(const filters::Yaml& tree, Configuration& configuration,
                 filters::Complaints& complaints);
}
