// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/arc_seal.hpp"
#include "tests/support/memory_dns.hpp"

#include <string>
#include <string_view>

namespace tests {
/// Somebody who passes mail on and seals it as sel._domainkey.<domain>.
struct Sealer {
    filters::auth::PrivateKey key
        = filters::auth::PrivateKey::generate(filters::auth::KeyType::ed25519);
    support::MemoryDns dns;

    explicit Sealer(const std::vector<std::string>& domains)
    {
        for (const auto& domain : domains)
            dns.add("sel._domainkey." + domain, net::RecordType::txt, key.record());
    }
    filters::auth::ArcResult validate(std::string_view text)
    {
        const auto message = mail::Message::from_text(text);
        return support::complete(filters::auth::validate_arc(message, dns, nullptr));
    }
    /// The message with one more set, which says `results`; as it is where none may be added.
    std::string seal(const std::string& text, const std::string& domain,
                     const std::string& results = "dmarc=pass header.from=example.org")
    {
        const auto message
            = mail::Message::from_text("Authentication-Results: us; " + results + "\r\n" + text);
        filters::auth::ArcSealing sealing{.authserv_id = "us",
                                          .domain = domain,
                                          .selector = "sel",
                                          .fields = {"from", "to", "subject"},
                                          .time = {}};
        const auto sealed = support::complete(
            filters::auth::seal_arc(message, validate(text), key, sealing, nullptr));
        return sealed.value_or("") + text;
    }
};
}
