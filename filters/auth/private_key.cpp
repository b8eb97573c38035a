// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/private_key.hpp"

#include "filters/auth/sha256.hpp"
#include "filters/auth/tag_list.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>

namespace filters::auth {
namespace {
constexpr int smallest_rsa = 1024; // RFC 8301 §3.2

EVP_PKEY* raw(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }

const unsigned char* octets_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// A key that wants a pass phrase is refused instead of asking somebody for one.
int no_pass_phrase(char*, int, int, void*) { return -1; }

struct Memory {
    BIO* bio = BIO_new(BIO_s_mem());
    Memory() = default;
    ~Memory() { BIO_free(bio); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    std::string text() const
    {
        char* data = nullptr;
        const auto size = BIO_get_mem_data(bio, &data);
        return {data, static_cast<std::size_t>(size)};
    }
};

template <class Context> void require(bool is_done, Context* context, void (*free)(Context*))
{
    free(context);
    ERR_clear_error();
    if (!is_done)
        throw std::runtime_error{"OpenSSL could not sign"};
}
}

PrivateKey::PrivateKey(KeyType type, void* key)
    : type_{type}, key_{key, [](void* owned) { EVP_PKEY_free(static_cast<EVP_PKEY*>(owned)); }}
{ }

std::expected<PrivateKey, mail::Problem> PrivateKey::from_pem(std::string_view pem)
{
    const auto refuse
        = [](std::string text) { return std::unexpected{mail::Problem{std::move(text)}}; };
    Memory memory;
    BIO_write(memory.bio, pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 1 << 20)));
    EVP_PKEY* read = PEM_read_bio_PrivateKey(memory.bio, nullptr, no_pass_phrase, nullptr);
    ERR_clear_error();
    if (!read)
        return refuse("is no private key in PEM form without a pass phrase");
    const int kind = EVP_PKEY_get_base_id(read);
    PrivateKey key{kind == EVP_PKEY_RSA ? KeyType::rsa : KeyType::ed25519, read};
    if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_ED25519)
        return refuse("is neither an RSA nor an Ed25519 key");
    if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(read) < smallest_rsa)
        return refuse("is an RSA key of less than 1024 bits, which no receiver accepts");
    return key;
}

PrivateKey PrivateKey::generate(KeyType type, unsigned bits)
{
    EVP_PKEY* made = type == KeyType::rsa
        ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))
        : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    if (!made)
        throw std::runtime_error{"OpenSSL could not make a key"};
    return PrivateKey{type, made};
}

unsigned PrivateKey::bits() const { return static_cast<unsigned>(EVP_PKEY_get_bits(raw(key_))); }

std::string PrivateKey::algorithm() const { return std::string{to_string(type_)} + "-sha256"; }

std::string PrivateKey::sign(std::string_view hash) const
{
    std::string signature;
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(raw(key_)));
    signature.resize(size);
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    if (type_ == KeyType::ed25519) {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        require(context && EVP_DigestSignInit(context, nullptr, nullptr, nullptr, raw(key_)) == 1
                    && EVP_DigestSign(context, out, &size, octets_of(hash), hash.size()) == 1,
                context, EVP_MD_CTX_free);
    } else {
        EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(raw(key_), nullptr);
        require(context && EVP_PKEY_sign_init(context) == 1
                    && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
                    && EVP_PKEY_CTX_set_signature_md(context, sha256_algorithm()) == 1
                    && EVP_PKEY_sign(context, out, &size, octets_of(hash), hash.size()) == 1,
                context, EVP_PKEY_CTX_free);
    }
    signature.resize(size);
    return signature;
}

std::string PrivateKey::to_pem() const
{
    Memory memory;
    if (PEM_write_bio_PKCS8PrivateKey(memory.bio, raw(key_), nullptr, nullptr, 0, nullptr, nullptr)
        != 1)
        throw std::runtime_error{"OpenSSL could not write a key"};
    return memory.text();
}

std::string PrivateKey::record() const
{
    std::string octets;
    if (type_ == KeyType::ed25519) {
        std::array<unsigned char, 32> key;
        std::size_t size = key.size();
        EVP_PKEY_get_raw_public_key(raw(key_), key.data(), &size);
        octets.assign(reinterpret_cast<const char*>(key.data()), size);
    } else {
        unsigned char* der = nullptr;
        const int size = i2d_PUBKEY(raw(key_), &der);
        octets.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
        OPENSSL_free(der);
    }
    return "v=DKIM1; k=" + std::string{to_string(type_)} + "; p=" + encode_base64(octets);
}
}
