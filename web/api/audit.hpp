// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/api.hpp"

#include <string>
#include <vector>

namespace web {
/// Records an act of an administrator before it is done, durably and in the log. Throws
/// storage::Unavailable where it cannot be recorded: then it must not be done.
awaitable<void> audit(Site& site, Principal principal, std::string act, std::string object);

/// The same of an act on many: names all of them, in as many entries as that takes.
awaitable<void> audit(Site& site, Principal principal, std::string act,
                      std::vector<std::string> objects);

/// Records how an act ended, as "outcome: …". Where that cannot be recorded the log has it alone:
/// the act is over.
awaitable<void> audit_outcome(Site& site, Principal principal, std::string act,
                              std::string outcome);

/// Awaits an act that was recorded. What it throws is recorded as its outcome and thrown on.
awaitable<void> audited(Site& site, Principal principal, std::string act, awaitable<void> work);

/// "a, b, c": names in texts of at most 500 octets each, none left out.
std::vector<std::string> listed(const std::vector<std::string>& names);
}
