// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/roster_directory.hpp"
#include "gateway/config_values.hpp"

namespace app {
/// What a domain's `recipients: { ldap: … }` means: the name of an entry of `ldap:`, or a map whose
/// keys count before those of the entry it names, if any. Nothing and complaints where it cannot
/// be asked.
std::shared_ptr<const smtp::LdapRecipients> ldap_recipients_of(const filters::Yaml& tree,
                                                               const filters::Yaml& value,
                                                               filters::Complaints& complaints);
/// All entries of `ldap:`, for layers.
filters::NamedDirectories directories_of(const filters::Yaml& tree);
/// Complains of entries of `ldap:` that no domain could name, or that share a name.
void check_directories(const filters::Yaml& tree, filters::Complaints& complaints);
}
