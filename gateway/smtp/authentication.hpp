// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"
#include "gateway/net/await.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtp {
/// A name and its password, as a client says them.
struct Credentials {
    std::string name, password;
};

/// Whom the organisation knows, by name and password. Safe from all loops.
class Passwords {
public:
    enum class Said {
        yes,
        no,
        too_often, ///< guessed too often, for this name or from this address
        not_now ///< nobody could be asked
    };
    struct Answer {
        Said said = Said::not_now;
        std::string account = {}; ///< for yes: the name that the account has
        std::int64_t number = 0; ///< and its number, for storage::EndedSignIns
    };
    virtual ~Passwords() = default;
    virtual net::awaitable<Answer> check(Credentials credentials, mail::Ip client) = 0;
};

/// What follows AUTH PLAIN, or its answer (RFC 4616). nullopt: no base64, or not of that form. Who
/// asks to act as somebody else is refused too.
std::optional<Credentials> parse_plain(std::string_view response);

/// An answer to AUTH LOGIN: base64 of a text without NUL, at most 1,024 octets.
std::optional<std::string> parse_login(std::string_view response);
}
