// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim_key.hpp"

#include "filters/auth/sha256.hpp"
#include "filters/auth/tag_list.hpp"
#include "gateway/mail/ascii.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <unordered_map>

namespace filters::auth {
namespace {
constexpr std::size_t ed25519_octets = 32;

std::unexpected<mail::Problem> problem(std::string text)
{
    return std::unexpected{mail::Problem{std::move(text)}};
}

/// Whether a list separated by colons names one of two words.
bool names(std::string_view list, std::string_view word, std::string_view other = {})
{
    return std::ranges::any_of(split(list, ':'), [&](std::string_view item) {
        return mail::equals_ignoring_case(item, word)
            || (!other.empty() && mail::equals_ignoring_case(item, other));
    });
}

const unsigned char* octets_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Keys already read, by their octets: reading one costs OpenSSL more than verifying with it. One
/// cache a thread; when it is full it starts anew.
class KnownKeys {
public:
    static constexpr std::size_t most = 256;
    static KnownKeys& of_this_thread()
    {
        static thread_local KnownKeys keys;
        return keys;
    }
    std::shared_ptr<void> find(const DkimKey& key) const
    {
        const auto found = keys_.find(key.octets);
        return found != keys_.end() && found->second.type == key.type ? found->second.key : nullptr;
    }
    void keep(const DkimKey& key, std::shared_ptr<void> read)
    {
        if (keys_.size() >= most)
            keys_.clear();
        keys_[key.octets] = {key.type, std::move(read)};
    }

private:
    struct Known {
        KeyType type;
        std::shared_ptr<void> key; ///< EVP_PKEY
    };
    std::unordered_map<std::string, Known> keys_;
};

/// A key may ask for exponents as long as itself, which would cost a hundred times the work.
bool has_short_exponent(const EVP_PKEY* key)
{
    constexpr int longest = 64; // bits
    BIGNUM* exponent = nullptr;
    const bool is_short = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1
        && BN_num_bits(exponent) <= longest;
    BN_free(exponent);
    return is_short;
}

/// SubjectPublicKeyInfo as everybody publishes it (RFC 6376 erratum 3017), or the bare
/// RSAPublicKey of its text. Nothing may follow.
EVP_PKEY* read_rsa(std::string_view der)
{
    const auto size = static_cast<long>(der.size());
    const unsigned char* at = octets_of(der);
    EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, size);
    if (!key) {
        at = octets_of(der);
        key = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size);
    }
    ERR_clear_error();
    if (key
        && (at != octets_of(der) + size || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA
            || !has_short_exponent(key))) {
        EVP_PKEY_free(key);
        return nullptr;
    }
    return key;
}
}

std::string_view to_string(KeyType type) { return type == KeyType::rsa ? "rsa" : "ed25519"; }

std::expected<DkimKey, mail::Problem> DkimKey::parse(std::string_view record)
{
    const auto tags = TagList::parse(record);
    if (!tags)
        return problem("the key record has no valid syntax");
    if (const auto* version = tags->find("v");
        version && (version->value != "DKIM1" || version != &tags->tags().front()))
        return problem("the key record has an unknown version");
    const auto* octets = tags->find("p");
    if (!octets)
        return problem("the key record has no key");
    DkimKey key;
    const auto type = tags->value("k", "rsa");
    if (type != "rsa" && type != "ed25519")
        return problem("the key is of an unknown type");
    key.type = type == "rsa" ? KeyType::rsa : KeyType::ed25519;
    if (octets->value.empty())
        return problem("the key is revoked");
    if (const auto* hashes = tags->find("h"); hashes && !names(hashes->value, "sha256"))
        return problem("the key does not allow SHA-256");
    if (!names(tags->value("s", "*"), "*", "email"))
        return problem("the key is not for e-mail");
    const auto flags = tags->value("t");
    key.is_testing = names(flags, "y");
    key.is_strict = names(flags, "s");
    auto decoded = decode_base64(octets->value);
    if (!decoded)
        return problem("the key is not base64");
    key.octets = std::move(*decoded);
    return key;
}

std::expected<PublicKey, mail::Problem> PublicKey::make(const DkimKey& key,
                                                        std::size_t smallest_rsa)
{
    PublicKey made;
    made.type_ = key.type;
    auto& known = KnownKeys::of_this_thread();
    made.key_ = known.find(key);
    if (!made.key_) {
        EVP_PKEY* read = nullptr;
        if (key.type == KeyType::rsa)
            read = read_rsa(key.octets);
        else if (key.octets.size() == ed25519_octets)
            read = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(key.octets),
                                               ed25519_octets);
        if (!read)
            return problem("the key cannot be read");
        made.key_ = {read, [](void* owned) { EVP_PKEY_free(static_cast<EVP_PKEY*>(owned)); }};
        known.keep(key, made.key_);
    }
    if (key.type == KeyType::ed25519)
        return made;
    const auto bits = static_cast<std::size_t>(
        std::max(EVP_PKEY_get_bits(static_cast<EVP_PKEY*>(made.key_.get())), 0));
    if (bits < smallest_rsa)
        return problem("the key is too short: " + std::to_string(bits) + " bits");
    if (bits > largest_rsa)
        return problem("the key is too long: " + std::to_string(bits) + " bits");
    return made;
}

bool PublicKey::verifies(std::string_view hash, std::string_view signature) const
{
    auto* key = static_cast<EVP_PKEY*>(key_.get());
    bool is_valid = false;
    if (type_ == KeyType::ed25519) {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        is_valid = context && EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key) == 1
            && EVP_DigestVerify(context, octets_of(signature), signature.size(), octets_of(hash),
                                hash.size())
                == 1;
        EVP_MD_CTX_free(context);
    } else {
        EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
        is_valid = context && EVP_PKEY_verify_init(context) == 1
            && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
            && EVP_PKEY_CTX_set_signature_md(context, sha256_algorithm()) == 1
            && EVP_PKEY_verify(context, octets_of(signature), signature.size(), octets_of(hash),
                               hash.size())
                == 1;
        EVP_PKEY_CTX_free(context);
    }
    ERR_clear_error();
    return is_valid;
}
}
