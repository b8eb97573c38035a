// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/problem.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace filters::auth {
enum class KeyType { rsa, ed25519 };
/// "rsa", "ed25519".
std::string_view to_string(KeyType type);

/// What a key record says (RFC 6376 §3.6.1, RFC 8463 §4.2).
struct DkimKey {
    KeyType type = KeyType::rsa;
    std::string octets; ///< of p=, decoded
    bool is_testing = false; ///< t=y
    bool is_strict = false; ///< t=s: i= must have the domain of d= itself

    /// The problem where it can never verify an e-mail with SHA-256: syntax, version, type, hash,
    /// service, revoked.
    static std::expected<DkimKey, mail::Problem> parse(std::string_view record);
};

/// A key that verifies signatures over SHA-256 hashes. Immutable; safe from all threads.
class PublicKey {
public:
    /// Larger keys only cost us time.
    static constexpr std::size_t largest_rsa = 8192;
    /// The problem where the octets are no such key or it is too short or too long. A key that this
    /// thread has seen lately costs nothing.
    static std::expected<PublicKey, mail::Problem> make(const DkimKey& key,
                                                        std::size_t smallest_rsa);
    /// RSASSA-PKCS1-v1_5 of the hash (RFC 6376 §3.3.1), PureEdDSA of its octets (RFC 8463 §3).
    bool verifies(std::string_view hash, std::string_view signature) const;

private:
    PublicKey() = default;
    KeyType type_ = KeyType::rsa;
    std::shared_ptr<void> key_; ///< EVP_PKEY
};
}
