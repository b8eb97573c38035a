// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/message.hpp"
#include "gateway/net/worker_pool.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// The state of a chain (RFC 8617 §4.4, §5.2).
enum class ArcOutcome {
    none, ///< no ARC sets
    pass,
    fail,
    temperror ///< the DNS did not answer: `fail` for a sealer, no fact about the chain for us
};
/// "none", "pass", "fail" or "temperror".
std::string_view to_string(ArcOutcome outcome);

/// Texts are safe to show, as in DkimResult.
struct ArcResult {
    ArcOutcome outcome = ArcOutcome::none;
    std::string reason = {}; ///< why it failed
    unsigned instances = 0; ///< number of sets of a chain whose structure is right
    bool is_ended = false; ///< the newest seal says cv=fail: nobody may seal again
    /// Who sealed a chain that passed, and what each says that it had seen.
    struct Sealer {
        std::string domain; ///< d= of the seal
        bool saw_dmarc_pass = false; ///< its ARC-Authentication-Results have dmarc=pass
        std::string author = {}; ///< header.from of that result, "" where it is not said
    };
    std::vector<Sealer> sealers = {}; ///< newest first
};

/// The sealer who vouches for a message whose DMARC fails now: from the newest seal on all are of
/// `trusted` domains (or names under them), and it saw DMARC pass for `author`, the domain of From.
/// nullptr: nobody does.
const ArcResult::Sealer* trusted_sealer(const ArcResult& result,
                                        const std::vector<mail::Domain>& trusted,
                                        const mail::Domain& author);

/// Validates the chain of `message` (RFC 8617 §5.2): at most 50 sets; the newest message signature
/// and every seal. Never throws for what message or DNS contain. Hashes large bodies on `pool`.
/// `message`, `dns` and `pool` must outlive it; safe to cancel.
net::awaitable<ArcResult> validate_arc(const mail::Message& message, Dns& dns,
                                       net::WorkerPool* pool);
}
