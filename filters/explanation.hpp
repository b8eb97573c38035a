// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/reasons.hpp"

#include <string>

namespace filters {
/// Why, for people: one plain sentence, points against thresholds, facts with evidence, the ladder,
/// the smallest change that would alter it. `policy` is the one in force now; where it would decide
/// otherwise today, that is said.
std::string explain(const Policy& policy, const Decision& decision);
}
