// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/api.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace web {
/// What the record calls the acts that it has; the pages have words for each.
constexpr auto audited_acts = std::to_array<std::string_view>({"allow add",
                                                               "allow remove",
                                                               "approve sender",
                                                               "ask public lists",
                                                               "back up",
                                                               "block add",
                                                               "block remove",
                                                               "certificate",
                                                               "digest link",
                                                               "disable account",
                                                               "exempt account",
                                                               "export history",
                                                               "export quarantine",
                                                               "forget reputation",
                                                               "forget sender",
                                                               "import fingerprints",
                                                               "import lists",
                                                               "learn ham",
                                                               "learn spam",
                                                               "lock account",
                                                               "policy apply",
                                                               "policy rollback",
                                                               "policy simulate",
                                                               "preferences",
                                                               "preview",
                                                               "quarantine delete",
                                                               "quarantine digest",
                                                               "quarantine ham",
                                                               "quarantine release",
                                                               "quarantine restore",
                                                               "quarantine spam",
                                                               "queue delete",
                                                               "queue hold",
                                                               "queue release",
                                                               "queue retry",
                                                               "release account",
                                                               "reload the configuration",
                                                               "resume account",
                                                               "revive address",
                                                               "roll back a feed",
                                                               "rules trial",
                                                               "send report",
                                                               "settings",
                                                               "setup",
                                                               "setup link",
                                                               "test alert",
                                                               "test domain",
                                                               "test message",
                                                               "test next hop",
                                                               "unlearn",
                                                               "update feeds",
                                                               "user add",
                                                               "user change",
                                                               "user passwd",
                                                               "user remove",
                                                               "user sign off",
                                                               "user token",
                                                               "user token remove",
                                                               "view body"});

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
