// SPDX-License-Identifier: Apache-2.0
#include "web/api/secrets.hpp"

#include <sodium.h>

#include <array>

namespace web {
namespace {
constexpr std::size_t most_waiting = 16;
constexpr unsigned long long passes = 2;
constexpr std::size_t memory = 64 << 20;
constexpr std::size_t shortest = 10, longest = 1024;

void initialize()
{
    if (sodium_init() < 0)
        throw std::runtime_error{"libsodium cannot be used"};
}

std::string hashed(std::string password)
{
    initialize();
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int failed = crypto_pwhash_str_alg(text.data(), password.data(), password.size(), passes,
                                             memory, crypto_pwhash_ALG_ARGON2ID13);
    sodium_memzero(password.data(), password.size());
    if (failed != 0)
        throw Busy{}; // no memory for it
    return text.data();
}

const unsigned char* octets(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}
}

std::string base64url(std::span<const unsigned char> bytes)
{
    std::string text(
        sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text.pop_back(); // the NUL
    return text;
}

std::optional<std::string> from_base64url(std::string_view text, std::size_t most)
{
    std::string bytes(most, '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    const bool is_bad = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()),
                                          bytes.size(), text.data(), text.size(), nullptr, &length,
                                          &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
            != 0
        || end != text.data() + text.size();
    if (is_bad)
        return {};
    bytes.resize(length);
    return bytes;
}

std::array<unsigned char, 32> keyed_hash(std::string_view key, std::string_view text)
{
    crypto_auth_hmacsha256_state state;
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> code{};
    crypto_auth_hmacsha256_init(&state, octets(key), key.size());
    crypto_auth_hmacsha256_update(&state, octets(text), text.size());
    crypto_auth_hmacsha256_final(&state, code.data());
    return code;
}

void Passwords::wait_in_line() const
{
    if (pool_.queued() >= most_waiting)
        throw Busy{};
}

awaitable<std::string> Passwords::hash(std::string password)
{
    wait_in_line();
    co_return co_await pool_.run(
        [password = std::move(password)]() mutable { return hashed(std::move(password)); });
}

awaitable<bool> Passwords::verify(std::string hash, std::string password)
{
    wait_in_line();
    co_return co_await pool_.run(
        [hash = std::move(hash), password = std::move(password)]() mutable {
            if (hash.empty()) {
                hashed(std::move(password));
                return false;
            }
            initialize();
            const bool is_right
                = crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
            sodium_memzero(password.data(), password.size());
            return is_right;
        });
}

std::string password_problem(std::string_view password, std::string_view account)
{
    if (password.size() < shortest)
        return "a password has 10 characters or more";
    if (password.size() > longest)
        return "a password has 1024 characters at most";
    if (password == account)
        return "the password is the name";
    return password.find_first_not_of(password.front()) == password.npos
        ? "the password is one character only"
        : "";
}

std::string make_token(net::Env& env, std::string_view prefix)
{
    std::array<unsigned char, 32> bytes{};
    env.random(bytes);
    return std::string{prefix} + base64url(bytes);
}

storage::TokenHash token_hash(std::string_view token)
{
    storage::TokenHash hash{};
    crypto_hash_sha256(hash.data(), octets(token), token.size());
    return hash;
}

std::string csrf_of(std::string_view token) { return base64url(keyed_hash(token, "csrf")); }

bool is_same_secret(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}
}
