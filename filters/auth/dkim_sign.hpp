// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/canonicalization.hpp"
#include "filters/auth/private_key.hpp"
#include "gateway/mail/message.hpp"
#include "gateway/net/await.hpp"
#include "gateway/net/worker_pool.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// What a signature says and covers.
struct DkimSigning {
    std::string domain;
    std::string selector;
    Canonicalization header = Canonicalization::relaxed;
    Canonicalization body = Canonicalization::relaxed;
    /// Signed as often as they occur.
    std::vector<std::string> fields = default_fields();
    /// Signed once more than they occur, so that nobody can add one.
    std::vector<std::string> sealed_fields = default_sealed_fields();
    std::chrono::system_clock::time_point time;
    std::optional<std::chrono::seconds> lifetime = {}; ///< gives x=

    static std::vector<std::string> default_fields();
    static std::vector<std::string> default_sealed_fields();
};

/// The complete field "DKIM-Signature: …" CRLF, to stand before `message` (RFC 6376 §5). Hashes
/// large bodies and signs on `pool`; with nullptr on the caller's thread. `message` and `pool` must
/// outlive it; safe to cancel.
net::awaitable<std::string> sign_dkim(const mail::Message& message, PrivateKey key,
                                      DkimSigning signing, net::WorkerPool* pool);
/// The same where the body is hashed already, in the form that `signing` wants: only the header of
/// `message` is looked at.
net::awaitable<std::string> sign_dkim(const mail::Message& message, std::string body_hash,
                                      PrivateKey key, DkimSigning signing, net::WorkerPool* pool);
}
