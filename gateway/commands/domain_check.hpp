// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/address.hpp"

#include <string>
#include <vector>

namespace app::commands {
/// One line of what the DNS says about a domain's mail.
struct DomainFact {
    std::string what; ///< "MX", "PTR", "SPF", "DKIM", "DMARC"
    std::string name; ///< that was asked for
    std::string state; ///< "ok", "missing", "wrong", "unknown" (the DNS did not answer), "note"
    std::string found; ///< as published, or why not
    std::string paste; ///< the record to publish; "" where there is nothing to do
};

/// Looks at MX, the reverse names of its hosts, SPF, DKIM at the selectors, and DMARC.
net::awaitable<std::vector<DomainFact>>
check_domain(mail::Domain domain, std::vector<std::string> selectors, filters::auth::Dns& dns);
}
