// SPDX-License-Identifier: Apache-2.0
// A message: its ARC sets are validated, one more is made, and the whole must hold then.
#include "filters/auth/arc_seal.hpp"
#include "tests/fuzz/one_record_dns.hpp"

#include <cstdint>

using namespace filters::auth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto key = PrivateKey::generate(KeyType::ed25519);
    static OneRecordDns dns{key.record()};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto message = mail::Message::from_text(text);
    const auto result = complete(validate_arc(message, dns, nullptr));
    require(result.instances <= 50);
    require((result.outcome == ArcOutcome::pass) == !result.sealers.empty());
    const ArcSealing sealing{.authserv_id = "us",
                             .domain = "example.org",
                             .selector = "sel",
                             .fields = {"from", "to", "subject", "subject", "x-any"},
                             .time = {}};
    const auto fields = complete(seal_arc(message, result, key, sealing, nullptr));
    require(fields || result.is_ended || result.instances == 50);
    // A first line that begins with a blank would go on with the field before it.
    const bool joins = text.starts_with(' ') || text.starts_with('\t');
    if (!fields || joins || result.outcome == ArcOutcome::fail || message.header().is_truncated())
        return 0;
    const auto sealed = mail::Message::from_text(*fields + std::string{text});
    if (!sealed.header().is_truncated())
        require(complete(validate_arc(sealed, dns, nullptr)).outcome == ArcOutcome::pass);
    return 0;
}
