// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"

#include <optional>

namespace filters::auth {
/// The registered domain: one label more than the public suffix, by the newer of the system's list
/// and the one built in. nullopt for a public suffix, a single label and an address literal. A top
/// label that the list does not know counts as a public suffix. Safe from all threads.
std::optional<mail::Domain> organizational_domain(const mail::Domain& domain);

/// Nobody in particular owns it: "jp", "co.jp". False for literals.
bool is_public_suffix(const mail::Domain& domain);
}
