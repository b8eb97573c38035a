// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// What is known of a finding by its name: of every layer, "<layer>.error", and those that the
/// session and the scan make. nullptr: nobody makes it.
const FindingType* finding_type(std::string_view name);

/// All names, sorted.
const std::vector<std::string_view>& finding_names();

/// "<layer>.error" as a name that never goes away.
std::string_view error_name(std::string_view layer);

/// `{}` in `sentence` replaced by `detail`, control characters by '?', at most 200 octets of it.
std::string filled(std::string_view sentence, std::string_view detail);
}
