// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/api.hpp"

#include <string>
#include <vector>

namespace web {
/// Records an act of an administrator before it is done, durably and in the log. Throws
/// storage::Unavailable where it cannot be recorded: then it must not be done.
awaitable<void> audit(Site& site, Principal principal, std::string act, std::string object);

/// "a, b, c and 7 more": names of what an act is about.
std::string named(const std::vector<std::string>& names);
}
