// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"
#include "filters/policy.hpp"

#include <vector>

namespace filters {
/// What the layers that run can find and this policy makes nothing of: no rule names it, no list
/// and no action of its own stands behind it. It is in the history and changes no verdict.
std::vector<const FindingType*> unread_findings(const PolicySet& policy);
}
