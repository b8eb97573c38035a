// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/accounts.hpp"

namespace storage {
/// What changes of an account; what is not named stays as it is by then, so that a change that
/// waited for something undoes no other.
struct AccountChange {
    std::optional<Role> role = {};
    std::optional<bool> is_local = {};
    std::optional<std::string> password = {};
    std::optional<bool> must_change_password = {}, is_locked = {};
    std::optional<std::string> language = {};
    std::optional<std::vector<std::string>> addresses = {}, domains = {};
    /// Only while the password is this one and the account is not locked.
    std::optional<std::string> if_password = {};
};

/// Narrow changes of accounts.db, for handlers that awaited something since they read the account.
/// All functions throw Unavailable when it cannot be written. Durable when they return.
class AccountChanges {
public:
    virtual ~AccountChanges() = default;
    /// The account as it is then; nullopt: there is none of this number within the reach
    /// (Accounts::find_within), or its password is another by now.
    virtual awaitable<std::optional<Account>> apply(std::int64_t number, AccountChange change,
                                                    Reach reach = Reach::everything())
        = 0;
    /// Begins a session, durable with the account's last sign-in. False: the account is gone or
    /// locked, or its password is no longer `password`, by which the session was proven.
    virtual awaitable<bool> begin_proven(Session session, std::string password) = 0;
};
/// Of the same database.
AccountChanges& changes_of(Accounts& accounts);
}
