// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/arc.hpp"
#include "filters/auth/private_key.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace filters::auth {
/// Who seals, and what the message signature covers.
struct ArcSealing {
    std::string authserv_id;
    std::string domain;
    std::string selector;
    std::vector<std::string> fields = default_fields(); ///< h=, as often as they stand here
    std::chrono::system_clock::time_point time;

    static std::vector<std::string> default_fields();
};

/// The three fields of one more ARC set (RFC 8617 §5.1), newest first, each with CRLF; `state` is
/// what `validate_arc` says of `message`. The results are those of its Authentication-Results
/// fields by `authserv_id`. nullopt if no further set may be added: the chain has ended or is full,
/// or its state could not be found out. `message` and `pool` must outlive it; safe to cancel.
net::awaitable<std::optional<std::string>> seal_arc(const mail::Message& message, ArcResult state,
                                                    PrivateKey key, ArcSealing sealing,
                                                    net::WorkerPool* pool);
/// The same where the body is hashed already, relaxed: only the header of `message` is looked at.
net::awaitable<std::optional<std::string>> seal_arc(const mail::Message& message,
                                                    std::string body_hash, ArcResult state,
                                                    PrivateKey key, ArcSealing sealing,
                                                    net::WorkerPool* pool);
}
