// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/env.hpp"
#include "gateway/net/worker_pool.hpp"
#include "storage/accounts.hpp"

#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace web {
using net::awaitable;

/// More people than can be served sign in at once.
struct Busy : std::runtime_error {
    Busy() : std::runtime_error{"too many people sign in at the same time; try again"} { }
};

/// Passwords as argon2id texts (RFC 9106; 64 MiB and a tenth of a second each). Two at a time, few
/// may wait: then Busy is thrown.
class Passwords {
public:
    awaitable<std::string> hash(std::string password);
    /// False for a text that is none; takes its time all the same.
    awaitable<bool> verify(std::string hash, std::string password);

private:
    void wait_in_line() const;
    net::WorkerPool pool_{2};
};

/// Why a password is not taken as a new one; "" when it is.
std::string password_problem(std::string_view password, std::string_view account);

/// Without padding (RFC 4648 §5).
std::string base64url(std::span<const unsigned char> bytes);
/// The way back; nullopt: it is none, or longer than `most` octets.
std::optional<std::string> from_base64url(std::string_view text, std::size_t most);
/// HMAC-SHA256 (RFC 2104).
std::array<unsigned char, 32> keyed_hash(std::string_view key, std::string_view text);

/// PREFIX and 256 random bits in base64url.
std::string make_token(net::Env& env, std::string_view prefix);
/// What is kept of a token.
storage::TokenHash token_hash(std::string_view token);
/// What proves that a request was made by a page of the session of this token.
std::string csrf_of(std::string_view token);
/// In a time that tells nothing but their lengths.
bool is_same_secret(std::string_view a, std::string_view b);
}
