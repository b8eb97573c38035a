// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/seal.hpp"

#include <sodium.h>
#include <stdexcept>

namespace storage::backup {
namespace {
constexpr std::uint64_t most_memory = 1ULL << 30, most_operations = 20;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* octets(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* octets(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void start_sodium()
{
    if (sodium_init() < 0)
        throw std::runtime_error{"libsodium does not start"};
}
}

KeyDerivation new_derivation()
{
    start_sodium();
    KeyDerivation derivation{std::string(crypto_pwhash_SALTBYTES, '\0'), 3, 64ULL << 20};
    randombytes_buf(derivation.salt.data(), derivation.salt.size());
    return derivation;
}

Seal::Seal(std::string_view passphrase, const KeyDerivation& derivation)
    : key_(crypto_aead_xchacha20poly1305_ietf_KEYBYTES, '\0')
{
    start_sodium();
    if (derivation.salt.size() != crypto_pwhash_SALTBYTES || derivation.memory > most_memory
        || derivation.operations > most_operations)
        throw std::runtime_error{"its keys were not sealed by Mailweir"};
    if (crypto_pwhash(octets(key_), key_.size(), passphrase.data(), passphrase.size(),
                      octets(derivation.salt), derivation.operations, derivation.memory,
                      crypto_pwhash_ALG_ARGON2ID13)
        != 0)
        throw std::runtime_error{"not enough memory to make a key from the passphrase"};
}

Seal::~Seal() { sodium_memzero(key_.data(), key_.size()); }

std::string Seal::close(std::string_view name, std::string_view text) const
{
    std::string sealed(nonce_size + text.size() + tag_size, '\0');
    randombytes_buf(sealed.data(), nonce_size);
    unsigned long long size = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(octets(sealed) + nonce_size, &size, octets(text),
                                               text.size(), octets(name), name.size(), nullptr,
                                               octets(sealed), octets(key_));
    return sealed;
}

std::optional<std::string> Seal::open(std::string_view name, std::string_view sealed) const
{
    if (sealed.size() < nonce_size + tag_size)
        return {};
    std::string text(sealed.size() - nonce_size - tag_size, '\0');
    unsigned long long size = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            octets(text), &size, nullptr, octets(sealed) + nonce_size, sealed.size() - nonce_size,
            octets(name), name.size(), octets(sealed), octets(key_))
        != 0)
        return {};
    return text;
}
}
