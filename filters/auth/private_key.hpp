// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dkim_key.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace filters::auth {
/// A key that signs SHA-256 hashes for DKIM and ARC. Immutable; safe from all threads.
class PrivateKey {
public:
    /// PKCS #8 or traditional PEM without a pass phrase; RSA from 1024 bits, or Ed25519.
    static std::expected<PrivateKey, mail::Problem> from_pem(std::string_view pem);
    /// `bits` counts for RSA only. Takes up to seconds: not on a loop.
    static PrivateKey generate(KeyType type, unsigned bits = 2048);

    KeyType type() const { return type_; }
    unsigned bits() const; ///< of the modulus; 256 for Ed25519
    /// "rsa-sha256", "ed25519-sha256".
    std::string algorithm() const;
    std::string sign(std::string_view hash) const;
    /// PKCS #8 PEM, not encrypted.
    std::string to_pem() const;
    /// The text of the key record: "v=DKIM1; k=rsa; p=…".
    std::string record() const;

private:
    PrivateKey(KeyType type, void* key);
    KeyType type_;
    std::shared_ptr<void> key_; ///< EVP_PKEY
};
}
