// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/config.hpp"
#include "gateway/config_values.hpp"

namespace app {
/// `sign_in` and `people`: where people's passwords are, and what they may do about their mail.
void fill_people(const filters::Yaml& tree, Configuration& configuration,
                 filters::Complaints& complaints);
}
