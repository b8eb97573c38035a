// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/canonicalization.hpp"
#include "gateway/net/await.hpp"
#include "gateway/net/worker_pool.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace filters::auth {
/// Work on more than this is not done on a loop (house §11.2).
constexpr std::size_t most_on_loop = 64 * 1024;

/// What a body is to be hashed like.
struct BodyForm {
    Canonicalization canonicalization = Canonicalization::simple;
    std::optional<std::uint64_t> length = {}; ///< l=
    bool operator==(const BodyForm&) const = default;
};
struct BodyHash {
    BodyForm form;
    std::string hash;
    std::uint64_t octets = 0; ///< of the whole canonical body
};

/// Adds `form` if it is not there yet.
void add_form(std::vector<BodyForm>& forms, const BodyForm& form);
/// The hash of that form; it must be there.
const BodyHash& hash_of(const std::vector<BodyHash>& hashes, const BodyForm& form);

/// Hashes the body once for all forms, in one pass. At once, on the caller's thread.
std::vector<BodyHash> hash_body_here(const mail::Message& message,
                                     const std::vector<BodyForm>& forms);
/// The same; bodies over most_on_loop on `pool` where there is one. When the coroutine ends early
/// no thread looks at the message any more.
net::awaitable<std::vector<BodyHash>> hash_body(const mail::Message& message,
                                                std::vector<BodyForm> forms, net::WorkerPool* pool);
}
