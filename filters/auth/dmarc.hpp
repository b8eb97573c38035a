// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/author.hpp"
#include "filters/auth/dmarc_record.hpp"
#include "filters/auth/dns.hpp"
#include "gateway/mail/address.hpp"

#include <optional>
#include <string>
#include <vector>

namespace filters::auth {
enum class DmarcResult { none, pass, fail, temperror, permerror };
std::string_view to_string(DmarcResult result);

/// A domain that SPF or DKIM vouches for, or could not decide on because the DNS did not answer.
struct Identity {
    enum class Method { spf, dkim };
    Method method = Method::spf;
    mail::Domain domain = {};
    bool is_pass = true; ///< else undecided; what failed is no identity
};

/// What SPF or DKIM said of a domain, as DMARC takes it: "pass" vouches for it, "temperror" is
/// undecided, whatever else is nothing.
std::optional<Identity> identity_of(Identity::Method method, std::string_view result,
                                    std::string_view domain);

struct DmarcQuestion {
    static constexpr std::size_t most_identities = 16; ///< further ones are not looked at
    Author author = {};
    std::vector<Identity> identities = {};
    DmarcStandard standard = DmarcStandard::rfc7489;
    /// Chooses those that pct= leaves out; the same text, the same choice. The mail's id.
    std::string sample = {};
};

struct DmarcAnswer {
    DmarcResult result = DmarcResult::none;
    DmarcPolicy policy = DmarcPolicy::none; ///< what the record wants for this domain
    /// After pct= and t=: what is wanted with this mail. `none` unless it failed.
    DmarcPolicy wanted = DmarcPolicy::none;
    std::string domain = {}; ///< of the author
    std::string organization = {};
    std::string record_domain = {}; ///< where the record stands; "" without one
    std::string aligned = {}; ///< "dkim mail.example.org": what made it pass
    std::string problem = {};
};

/// What a domain has published, as found.
struct DmarcPublished {
    mail::Domain organization; ///< of the author's domain
    std::optional<DmarcRecord> record = {};
    mail::Domain record_domain = {};
    bool author_does_not_exist = false; ///< looked up only where np= could matter
    std::string problem = {}; ///< why there is no record though there are some
};

/// Where the domain of an identity belongs; by the same standard as the author's.
struct PlacedIdentity {
    Identity identity;
    mail::Domain organization;
};

/// The decision alone, without the DNS: alignment (RFC 7489 §3.1), policy and sampling.
DmarcAnswer evaluate_dmarc(const DmarcQuestion& question, const DmarcPublished& published,
                           const std::vector<PlacedIdentity>& identities);

/// Discovery (RFC 7489 §6.6.3 or the tree walk of RFC 9989, at most 8 queries a domain) and
/// decision. An ambiguous author never passes. Never throws for what the DNS says.
net::awaitable<DmarcAnswer> check_dmarc(DmarcQuestion question, Dns& dns);
}
