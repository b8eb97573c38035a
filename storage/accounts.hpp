// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/reach.hpp"
#include "storage/store.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace storage {
/// What a person may do (security.md, "Roles of people").
enum class Role : std::uint8_t { user, helpdesk, domain_administrator, auditor, administrator };

/// One person who may sign in.
struct Account {
    std::int64_t number = 0; ///< 0 until stored
    std::string name = {}; ///< lower case, unique
    Role role = Role::user;
    bool is_local = true; ///< false: a directory knows the password
    std::string password = {}; ///< an argon2id text; "": there is none to sign in with
    bool must_change_password = false;
    bool is_locked = false;
    std::vector<std::string> addresses = {}; ///< mailbox keys whose mail is this person's
    std::vector<std::string> domains = {}; ///< those that helpdesk and domain administrators have
    std::string language = {}; ///< "en", "ja"; "": what the browser asks for
    WallTime created{}, last_sign_in{}; ///< the epoch: never
};

/// SHA-256 of a token: whoever reads the database cannot sign in with what stands there.
using TokenHash = std::array<std::uint8_t, 32>;

struct Session {
    TokenHash hash{};
    std::int64_t account = 0;
    WallTime created{}, seen{}, expires{};
    std::string client = {}; ///< the address it began from
};

/// A token that a program signs in with. What it may do besides is its account's role.
struct ApiToken {
    std::int64_t number = 0;
    TokenHash hash{};
    std::int64_t account = 0;
    std::string name = {};
    unsigned scopes = 0;
    WallTime created{}, used{}, expires{}; ///< expires: the epoch is never
};

/// What is known of whom a digest of held mail could go to.
struct DigestReader {
    std::string address; ///< mailbox key
    bool has_account = false; ///< that is not locked
    std::string language = {}; ///< "en", "ja"; "": unknown
    /// As in PersonalSettings; none: as the site has it, and then the hour, too.
    std::optional<unsigned> days = {};
    unsigned hour = 7;
    WallTime told{}; ///< what was held up to then has been told; the epoch: nothing was
};

/// accounts.db: who may sign in, and who is signed in. All functions throw Unavailable when it
/// cannot be read or written. Changes are durable when they return.
class Accounts {
public:
    virtual ~Accounts() = default;
    virtual awaitable<std::optional<Account>> find(std::string name) = 0;
    /// nullopt: the name is taken.
    virtual awaitable<std::optional<Account>> add(Account account) = 0;
    /// Replaces all but name and times; false: there is none of its number.
    virtual awaitable<bool> change(Account account) = 0;
    /// With its sessions, tokens and preferences.
    virtual awaitable<bool> remove(std::int64_t number) = 0;
    /// The one of this name, if who has this reach looks after it: of everything all accounts, of
    /// domains those of users and helpdesk all of whose addresses and domains lie there.
    virtual awaitable<std::optional<Account>> find_within(std::string name, Reach reach) = 0;
    /// By name, behind `after`, within a reach as above; `text`: part of a name or of an address.
    virtual awaitable<std::vector<Account>> list(std::string text, std::string after,
                                                 std::size_t limit, Reach reach)
        = 0;
    virtual awaitable<std::size_t> count(Role role) = 0;

    /// Durable with the account's last sign-in.
    virtual awaitable<void> begin(Session session) = 0;
    /// The session that stands at `now`, with its account; notes from time to time that it is used.
    virtual awaitable<std::optional<std::pair<Session, Account>>> session(TokenHash hash,
                                                                          WallTime now)
        = 0;
    virtual awaitable<bool> end(TokenHash hash) = 0;
    /// Ends those of an account but `except`; returns how many.
    virtual awaitable<std::size_t> end_all(std::int64_t account, std::optional<TokenHash> except)
        = 0;
    virtual awaitable<std::vector<Session>> sessions(std::int64_t account) = 0;

    virtual awaitable<ApiToken> add(ApiToken token) = 0;
    virtual awaitable<std::optional<std::pair<ApiToken, Account>>> token(TokenHash hash,
                                                                         WallTime now)
        = 0;
    virtual awaitable<std::vector<ApiToken>> tokens(std::int64_t account) = 0;
    virtual awaitable<bool> remove_token(std::int64_t account, std::int64_t number) = 0;

    /// Keeps a link that works once until `expires`, in place of those before it.
    virtual awaitable<void> keep_setup_link(TokenHash hash, WallTime expires) = 0;
    virtual awaitable<bool> is_setup_link(TokenHash hash, WallTime now) = 0;
    /// Makes the first administrator and voids the link, or does nothing: false when the link does
    /// not work, or there is an administrator, or the name is taken.
    virtual awaitable<bool> set_up(TokenHash link, Account administrator, WallTime now) = 0;
    /// One for each of the mailbox keys, in their order: how they read of held mail.
    virtual awaitable<std::vector<DigestReader>> digest_readers(std::vector<std::string> addresses)
        = 0;
    virtual awaitable<void> note_digest(std::string address, WallTime told) = 0;
    /// Drops what has expired.
    virtual awaitable<void> sweep(WallTime now) = 0;
};
}
