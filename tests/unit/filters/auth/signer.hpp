// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/body_hash.hpp"
#include "filters/auth/dkim.hpp"
#include "filters/auth/private_key.hpp"
#include "filters/auth/sha256.hpp"
#include "filters/auth/signature.hpp"
#include "tests/support/memory_dns.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tests {
/// Somebody who signs whatever a test wants, right or wrong, as sel._domainkey.example.org.
struct Signer {
    explicit Signer(filters::auth::KeyType type, unsigned bits = 1024)
        : key{filters::auth::PrivateKey::generate(type, bits)}
    { }

    /// "DKIM-Signature: …" CRLF with `tags` as they stand, and the tags they lack.
    std::string sign(std::string_view message_text, std::string tags) const
    {
        using namespace filters::auth;
        const std::string as_given = tags;
        const auto given = TagList::parse(as_given);
        const auto add = [&](std::string_view name, const std::string& value) {
            if (!given || !given->find(name))
                tags += "; " + std::string{name} + "=" + value;
        };
        add("v", "1");
        add("a", key.algorithm());
        add("d", "example.org");
        add("s", "sel");
        const auto message = mail::Message::from_text(message_text);
        const auto complete_but_hash = tags;
        const auto signature = read(complete_but_hash);
        const auto body = hash_body_here(message, {{signature.body, signature.length}}).front();
        add("bh", encode_base64(body.hash));
        auto field = "DKIM-Signature: " + tags + "; b=";
        const auto text = FieldIndex{message}.canonical_header(signature.signed_fields, field,
                                                               signature.header);
        return field + encode_base64(key.sign(sha256(text))) + "\r\n";
    }
    std::vector<filters::auth::DkimResult> verify(std::string_view message_text,
                                                  filters::auth::DkimSettings settings = {},
                                                  support::MemoryDns* other_zone = nullptr) const
    {
        support::MemoryDns own;
        own.add("sel._domainkey.example.org", net::RecordType::txt, key.record());
        const auto message = mail::Message::from_text(message_text);
        return support::complete(filters::auth::verify_dkim(message, other_zone ? *other_zone : own,
                                                            nullptr, now, settings));
    }

    filters::auth::PrivateKey key;
    std::chrono::system_clock::time_point now{std::chrono::seconds{1'600'000'000}};

private:
    /// The views point into `tags`.
    static filters::auth::Signature read(const std::string& tags)
    {
        const mail::Field field{.name = "DKIM-Signature", .value = tags};
        return filters::auth::Signature::read(field, filters::auth::SignatureKind::dkim);
    }
};
}
