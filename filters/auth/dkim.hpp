// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/message.hpp"
#include "gateway/net/worker_pool.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// What became of one signature, in the words of RFC 8601 §2.7.1.
enum class DkimOutcome {
    pass,
    fail, ///< body or header are not what was signed
    neutral, ///< not looked at
    policy, ///< it verifies, but does not cover enough to count (l=)
    temperror, ///< the DNS did not answer
    permerror ///< it can never count: syntax, no key, expired, weak, From not signed
};
std::string_view to_string(DkimOutcome outcome);

/// One signature. All texts are safe to show: printable ASCII, bounded, or empty where the
/// signature does not say. Only `pass` speaks for `domain`.
struct DkimResult {
    DkimOutcome outcome = DkimOutcome::permerror;
    std::string domain = {}; ///< d=, lower case
    std::string selector = {}; ///< s=
    std::string algorithm = {}; ///< a=, "rsa-sha256"
    std::string identity = {}; ///< i=, or "@" and the domain
    std::string reason = {}; ///< why it did not pass; "" for pass
    std::string signature_start = {}; ///< first characters of b=, which name it (RFC 6008)
    bool is_testing = false; ///< t=y in the key: its failure says nothing
};

/// What counts. The defaults are RFC 6376, 8301 and 8463.
struct DkimSettings {
    bool accepts_partial_body = false; ///< an l= that leaves a part of the body unsigned passes
    std::size_t smallest_rsa = 1024; ///< bits (RFC 8301 §3.2)
    std::size_t most_signatures = 8; ///< looked at, in header order
    std::chrono::seconds clock_skew{300};
};

/// Verifies the DKIM signatures of `message` (RFC 6376 §6) as of `now`, in header order. Signatures
/// beyond `most_signatures` are one `neutral` result that says how many. Never throws for what
/// message or DNS contain. Hashes more than 64 KiB on `pool`; with nullptr on the loop.
/// `message`, `dns` and `pool` must outlive it; safe to cancel.
net::awaitable<std::vector<DkimResult>> verify_dkim(const mail::Message& message, Dns& dns,
                                                    net::WorkerPool* pool,
                                                    std::chrono::system_clock::time_point now,
                                                    DkimSettings settings = {});
}
