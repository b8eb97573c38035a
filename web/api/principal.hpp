// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/accounts.hpp"
#include "storage/reach.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace web {
using storage::Role;

/// Roles as a set: what a route names as those that may use it.
struct Roles {
    std::uint8_t bits = 0;
    constexpr bool has(Role role) const { return (bits >> static_cast<unsigned>(role) & 1U) != 0; }
    friend constexpr Roles operator|(Roles a, Roles b)
    {
        return {static_cast<std::uint8_t>(a.bits | b.bits)};
    }
};
constexpr Roles only(Role role)
{
    return {static_cast<std::uint8_t>(1U << static_cast<unsigned>(role))};
}

/// What a program's token may be used for; a session may all that its role may.
enum class Scope : std::uint8_t { read = 1, lists = 2, quarantine = 4, admin = 8 };
constexpr unsigned all_scopes = 15;
/// "read lists" as a set; nullopt where a word is no scope.
std::optional<unsigned> parse_scopes(std::string_view words);
std::string scopes_text(unsigned scopes);

std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

/// Who asks, and how far that reaches.
struct Principal {
    std::string name = {};
    std::optional<Role> role = {}; ///< nullopt: nobody, who may only sign in
    storage::Reach reach = storage::Reach::nothing();
    std::vector<std::string> addresses = {}; ///< the person's own, mailbox keys
    unsigned scopes = 0;
    std::int64_t account = 0; ///< 0: no account, as on the control socket
    std::optional<storage::TokenHash> session = {};
    std::string csrf = {}; ///< what a request that came by cookie must bring along
    std::string client = {}; ///< the address it came from; "" on the control socket
    bool must_change_password = false;

    bool is(Role which) const { return role == which; }
    /// The person's own mail alone, whatever the role reaches besides.
    storage::Reach own() const { return storage::Reach::only({}, addresses); }
    /// What a role reaches of mail and lists: a user his addresses, those of domains their domains
    /// and their own addresses, the others everything.
    static storage::Reach reach_of(const storage::Account& account);
    /// Everything, by the right of the operating system.
    static Principal administrator(std::string name);
};
}
