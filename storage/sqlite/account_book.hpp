// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"
#include "storage/sqlite/account_tables.hpp"
#include "storage/sqlite/reader_thread.hpp"

#include <atomic>

namespace storage::sqlite {
/// Accounts and preferences over accounts.db, on a thread of its own. One that is damaged is set
/// aside and begun anew: nobody can sign in then until an administrator is made over the control
/// socket.
class AccountBook final : public Accounts, public AccountChanges, public Preferences {
public:
    AccountBook(const std::string& directory, Files& files);
    awaitable<std::optional<Account>> find(std::string name) override;
    awaitable<std::optional<Account>> add(Account account) override;
    awaitable<bool> change(Account account) override;
    awaitable<std::optional<Account>> apply(std::int64_t number, AccountChange change,
                                            Reach reach) override;
    awaitable<bool> remove(std::int64_t number) override;
    awaitable<std::optional<Account>> find_within(std::string name, Reach reach) override;
    awaitable<std::vector<Account>> list(std::string text, std::string after, std::size_t limit,
                                         Reach reach) override;
    awaitable<std::size_t> count(Role role) override;
    awaitable<void> begin(Session session) override;
    awaitable<bool> begin_proven(Session session, std::string password) override;
    awaitable<std::optional<std::pair<Session, Account>>> session(TokenHash hash,
                                                                  WallTime now) override;
    awaitable<bool> end(TokenHash hash) override;
    awaitable<std::size_t> end_all(std::int64_t account, std::optional<TokenHash> except) override;
    awaitable<std::vector<Session>> sessions(std::int64_t account) override;
    awaitable<ApiToken> add(ApiToken token) override;
    awaitable<std::optional<std::pair<ApiToken, Account>>> token(TokenHash hash,
                                                                 WallTime now) override;
    awaitable<std::vector<ApiToken>> tokens(std::int64_t account) override;
    awaitable<bool> remove_token(std::int64_t account, std::int64_t number) override;
    awaitable<void> keep_setup_link(TokenHash hash, WallTime expires) override;
    awaitable<bool> is_setup_link(TokenHash hash, WallTime now) override;
    awaitable<bool> set_up(TokenHash link, Account administrator, WallTime now) override;
    awaitable<void> sweep(WallTime now) override;
    awaitable<PersonalSettings> get(std::int64_t account) override;
    awaitable<void> put(std::int64_t account, PersonalSettings settings) override;
    awaitable<std::vector<DigestReader>>
    digest_readers(std::vector<std::string> addresses) override;
    awaitable<void> note_digest(std::string address, WallTime told) override;
    std::shared_ptr<const OwnPolicies> snapshot() const override { return policies_.load(); }

private:
    std::unique_ptr<AccountTables> open() const;
    std::unique_ptr<AccountTables> open_or_renew() const;
    /// Addresses or preferences have changed.
    void publish(AccountTables& tables);
    const std::string path_;
    Files& files_;
    std::atomic<std::shared_ptr<const OwnPolicies>> policies_;
    ReaderThread<AccountTables> thread_;
};
}
