// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/accounts.hpp"
#include "storage/preferences.hpp"
#include "storage/sqlite/database.hpp"

namespace storage::sqlite {
/// The tables of accounts.db. For one thread. Throws Error. What each does: Accounts.
class AccountTables {
public:
    /// Migrates and looks through all of it.
    explicit AccountTables(const Database::Options& options);

    std::optional<Account> find(const std::string& name);
    std::optional<Account> add(Account account);
    bool change(const Account& account);
    bool remove(std::int64_t number);
    std::vector<Account> list(const std::string& text, const std::string& after, std::size_t limit);
    std::size_t count(Role role);

    void begin(const Session& session);
    std::optional<std::pair<Session, Account>> session(const TokenHash& hash, WallTime now);
    bool end(const TokenHash& hash);
    std::size_t end_all(std::int64_t account, const std::optional<TokenHash>& except);
    std::vector<Session> sessions(std::int64_t account);

    ApiToken add(ApiToken token);
    std::optional<std::pair<ApiToken, Account>> token(const TokenHash& hash, WallTime now);
    std::vector<ApiToken> tokens(std::int64_t account);
    bool remove_token(std::int64_t account, std::int64_t number);

    void keep_setup_link(const TokenHash& hash, WallTime expires);
    bool is_setup_link(const TokenHash& hash, WallTime now);
    bool set_up(const TokenHash& link, Account administrator, WallTime now);
    void sweep(WallTime now);

    PersonalSettings settings(std::int64_t account);
    void put(std::int64_t account, const PersonalSettings& settings);
    OwnPolicies own_policies();

private:
    std::optional<Account> account(std::int64_t number);
    Account read(const Statement& row);
    std::vector<std::string> names(std::string_view sql, std::int64_t account);
    std::optional<Account> insert(Account account);
    void put_names(const Account& account);
    /// Notes a use, which nothing depends on: not where the disk is full.
    void note_use(Statement& note, const TokenHash& hash, WallTime now);
    void end_change();
    Database database_;
};
}
