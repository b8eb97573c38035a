// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dmarc.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/net/resolver.hpp"

#include <optional>
#include <string>
#include <vector>

namespace filters {
/// Whom SPF and DKIM vouch for in the facts `spf.pass`, `dkim.pass`, and whom they could not decide
/// on (`temperror`).
std::vector<auth::Identity> identities_in(const mail::Findings& findings);
/// One organisational domain, by the public suffix list.
bool is_same_organization(const mail::Domain& one, const mail::Domain& other);
/// A layer has found anything at all: "spf." asks for the one of that name.
bool has_run(const mail::Findings& findings, std::string_view prefix);

/// Whether an address may be taken for its owner's (house §7 step 4).
struct Vouching {
    bool is_enough = false;
    std::string reason = {}; ///< for people, either way
};
/// Where the address stood: anybody can write a From, but a trusted ARC sealer speaks for it.
enum class Stood { in_from, in_envelope };

/// By the facts at hand: SPF or DKIM vouch for the domain's organisation, or nobody asked them and
/// it is the envelope's; or they do not, and the domain has published how it proves itself. nullopt
/// if it takes a look into the DNS.
std::optional<Vouching> vouching_at_hand(const mail::Mail& mail, const mail::Domain& domain,
                                         Stood stood);
/// For what is not at hand: a domain that publishes neither SPF nor DMARC cannot prove itself, and
/// is believed. What the DNS does not answer is not.
net::awaitable<Vouching> vouching_by_dns(net::Resolver* resolver, const mail::Mail& mail,
                                         mail::Domain domain);
}
