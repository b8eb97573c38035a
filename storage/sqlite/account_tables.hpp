// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/account_changes.hpp"
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
    std::optional<Account> change(std::int64_t number, const AccountChange& change,
                                  const Reach& reach);
    bool remove(std::int64_t number);
    std::optional<Account> find_within(const std::string& name, const Reach& reach);
    std::vector<Account> list(const std::string& text, const std::string& after, std::size_t limit,
                              const Reach& reach);
    std::size_t count(Role role);

    /// `password`: where it was proven by one, as AccountChanges says.
    bool begin(const Session& session, const std::optional<std::string>& password);
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
    std::vector<DigestReader> digest_readers(const std::vector<std::string>& addresses);
    void note_digest(const std::string& address, WallTime told);

private:
    /// In the order in which `read` takes them.
    static constexpr std::string_view select_account
        = "SELECT number, name, role, is_local, password, must_change, is_locked, language, "
          "created,"
          " last_sign_in FROM accounts ";
    std::optional<Account> account(std::int64_t number);
    Account read(const Statement& row);
    std::vector<std::string> names(std::string_view sql, std::int64_t account);
    std::optional<Account> insert(Account account);
    void put_addresses(std::int64_t account, const std::vector<std::string>& addresses);
    void put_domains(std::int64_t account, const std::vector<std::string>& domains);
    bool is_within(std::int64_t account, const Reach& reach);
    /// Notes a use, which nothing depends on: not where the disk is full.
    void note_use(Statement& note, const TokenHash& hash, WallTime now);
    void end_change();
    Database database_;
};
}
