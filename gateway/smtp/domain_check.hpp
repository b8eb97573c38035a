// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "filters/auth/signers.hpp"
#include "gateway/mail/address.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/net/resolver.hpp"

#include <string>
#include <vector>

namespace smtp {
/// One line of what the DNS says about a domain's mail.
struct DomainFact {
    std::string what; ///< "MX", "PTR", "SPF", "DKIM", "DMARC", "MTA-STS", "TLSRPT"
    std::string name; ///< that was asked for
    std::string state; ///< "ok", "missing", "wrong", "unknown" (the DNS did not answer), "note"
    std::string found; ///< as published, or why not
    std::string paste; ///< the record to publish; "" where there is nothing to do
};

/// What is known on our side and has to agree with the DNS.
struct DomainQuestion {
    mail::Domain domain;
    std::vector<std::string> selectors = {}; ///< looked at besides those of `keys`
    std::vector<filters::auth::Signers::Key> keys = {}; ///< that sign for the domain...
    std::string key_domain = {}; ///< ...under this name
    std::vector<mail::Ip> addresses = {}; ///< from which the domain's mail goes out
    std::string hostname = {}; ///< that these say in HELO; "" where it is not known
};

/// Looks at MX, the reverse names of its hosts, SPF, DKIM at the selectors, DMARC, MTA-STS,
/// reports of TLS, and the addresses that send: their names, and whether SPF has them.
net::awaitable<std::vector<DomainFact>> check_domain(DomainQuestion question,
                                                     filters::auth::Dns& dns);

/// Names that widespread programs and services give their keys.
std::vector<std::string> usual_selectors();

/// The DNS for a question about a domain, on no mail's account. `resolver` outlives it.
class PlainDns final : public filters::auth::Dns {
public:
    explicit PlainDns(net::Resolver& resolver) : resolver_{resolver} { }
    net::awaitable<net::DnsAnswerPtr> ask(std::string name, net::RecordType type) override;

private:
    net::Resolver& resolver_;
};

/// A TXT record as zone files take it, in strings of at most 255 octets (RFC 1035 §3.3.14).
std::string txt_line(const std::string& name, const std::string& text);
}
