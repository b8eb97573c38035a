// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/account_book.hpp"

#include "gateway/net/env.hpp"
#include "storage/database_file.hpp"
#include "storage/ended_sign_ins.hpp"
#include "storage/set_aside.hpp"
#include "storage/sqlite/mail_tables.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace storage::sqlite {
AccountBook::AccountBook(const std::string& directory, Files& files)
    : path_{path_in(directory, DatabaseFile::accounts)}, files_{files},
      thread_{[this] { return open_or_renew(); },
              [](const std::string& problem) { spdlog::error("accounts: {}", problem); }}
{
    publish(*open_or_renew());
}

void AccountBook::publish(AccountTables& tables)
{
    policies_ = std::make_shared<const OwnPolicies>(tables.own_policies());
}

std::unique_ptr<AccountTables> AccountBook::open() const
{
    Database::Options options;
    options.path = path_;
    options.mode = Database::Mode::write;
    options.vfs = files_.vfs();
    return std::make_unique<AccountTables>(options);
}

std::unique_ptr<AccountTables> AccountBook::open_or_renew() const
{
    std::string why;
    try {
        return open();
    } catch (const Damaged& error) {
        why = error.what();
    } catch (const Error& error) {
        if (!error.is_corruption())
            throw;
        why = error.what();
    }
    const auto aside = name_aside(path_, net::Env::real().wall_now());
    const auto note = fmt::format("{} was damaged ({}) and begun anew: accounts must be made again "
                                  "with `mailweir user add`",
                                  path_, why);
    note_aside({aside, note});
    set_aside(path_, aside);
    spdlog::error("accounts: {}; it is kept as {}", note, aside);
    return open();
}

// Each function is that of AccountTables on the book's thread.

awaitable<std::optional<Account>> AccountBook::find(std::string name)
{
    co_return co_await thread_.run(
        [name = std::move(name)](AccountTables& tables) { return tables.find(name); });
}

awaitable<std::optional<Account>> AccountBook::add(Account account)
{
    co_return co_await thread_.run(
        [account = std::move(account)](AccountTables& tables) { return tables.add(account); });
}

awaitable<bool> AccountBook::change(Account account)
{
    AccountChange change{.role = account.role,
                         .is_local = account.is_local,
                         .password = std::move(account.password),
                         .must_change_password = account.must_change_password,
                         .is_locked = account.is_locked,
                         .language = std::move(account.language),
                         .addresses = std::move(account.addresses),
                         .domains = std::move(account.domains)};
    const auto changed = co_await apply(account.number, std::move(change), Reach::everything());
    co_return changed.has_value();
}

awaitable<std::optional<Account>> AccountBook::apply(std::int64_t number, AccountChange change,
                                                     Reach reach)
{
    co_return co_await thread_.run([this, number, change = std::move(change),
                                    reach = std::move(reach)](AccountTables& tables) {
        auto changed = tables.change(number, change, reach);
        publish(tables);
        return changed;
    });
}

awaitable<bool> AccountBook::remove(std::int64_t number)
{
    co_return co_await thread_.run([this, number](AccountTables& tables) {
        const bool is_removed = tables.remove(number);
        publish(tables);
        EndedSignIns::here().note(number);
        return is_removed;
    });
}

awaitable<std::optional<Account>> AccountBook::find_within(std::string name, Reach reach)
{
    co_return co_await thread_.run(
        [name = std::move(name), reach = std::move(reach)](AccountTables& tables) {
            return tables.find_within(name, reach);
        });
}

awaitable<std::vector<Account>> AccountBook::list(std::string text, std::string after,
                                                  std::size_t limit, Reach reach)
{
    co_return co_await thread_.run([text = std::move(text), after = std::move(after), limit,
                                    reach = std::move(reach)](AccountTables& tables) {
        return tables.list(text, after, limit, reach);
    });
}

awaitable<std::size_t> AccountBook::count(Role role)
{
    co_return co_await thread_.run([role](AccountTables& tables) { return tables.count(role); });
}

awaitable<void> AccountBook::begin(Session session)
{
    co_await thread_.run(
        [session = std::move(session)](AccountTables& tables) { tables.begin(session, {}); });
}

awaitable<bool> AccountBook::begin_proven(Session session, std::string password)
{
    co_return co_await thread_.run(
        [session = std::move(session), password = std::move(password)](AccountTables& tables) {
            return tables.begin(session, password);
        });
}

awaitable<std::optional<std::pair<Session, Account>>> AccountBook::session(TokenHash hash,
                                                                           WallTime now)
{
    co_return co_await thread_.run(
        [hash, now](AccountTables& tables) { return tables.session(hash, now); });
}

awaitable<bool> AccountBook::end(TokenHash hash)
{
    co_return co_await thread_.run([hash](AccountTables& tables) { return tables.end(hash); });
}

awaitable<std::size_t> AccountBook::end_all(std::int64_t account, std::optional<TokenHash> except)
{
    const auto ended = co_await thread_.run(
        [account, except](AccountTables& tables) { return tables.end_all(account, except); });
    EndedSignIns::here().note(account);
    co_return ended;
}

awaitable<std::vector<Session>> AccountBook::sessions(std::int64_t account)
{
    co_return co_await thread_.run(
        [account](AccountTables& tables) { return tables.sessions(account); });
}

awaitable<ApiToken> AccountBook::add(ApiToken token)
{
    co_return co_await thread_.run(
        [token = std::move(token)](AccountTables& tables) { return tables.add(token); });
}

awaitable<std::optional<std::pair<ApiToken, Account>>> AccountBook::token(TokenHash hash,
                                                                          WallTime now)
{
    co_return co_await thread_.run(
        [hash, now](AccountTables& tables) { return tables.token(hash, now); });
}

awaitable<std::vector<ApiToken>> AccountBook::tokens(std::int64_t account)
{
    co_return co_await thread_.run(
        [account](AccountTables& tables) { return tables.tokens(account); });
}

awaitable<bool> AccountBook::remove_token(std::int64_t account, std::int64_t number)
{
    co_return co_await thread_.run(
        [account, number](AccountTables& tables) { return tables.remove_token(account, number); });
}

awaitable<void> AccountBook::keep_setup_link(TokenHash hash, WallTime expires)
{
    co_await thread_.run(
        [hash, expires](AccountTables& tables) { tables.keep_setup_link(hash, expires); });
}

awaitable<bool> AccountBook::is_setup_link(TokenHash hash, WallTime now)
{
    co_return co_await thread_.run(
        [hash, now](AccountTables& tables) { return tables.is_setup_link(hash, now); });
}

awaitable<bool> AccountBook::set_up(TokenHash link, Account administrator, WallTime now)
{
    co_return co_await thread_.run(
        [link, administrator = std::move(administrator), now](AccountTables& tables) {
            return tables.set_up(link, administrator, now);
        });
}

awaitable<void> AccountBook::sweep(WallTime now)
{
    co_await thread_.run([now](AccountTables& tables) { tables.sweep(now); });
}

awaitable<PersonalSettings> AccountBook::get(std::int64_t account)
{
    co_return co_await thread_.run(
        [account](AccountTables& tables) { return tables.settings(account); });
}

awaitable<void> AccountBook::put(std::int64_t account, PersonalSettings settings)
{
    co_await thread_.run([this, account, settings](AccountTables& tables) {
        tables.put(account, settings);
        publish(tables);
    });
}

awaitable<std::vector<DigestReader>> AccountBook::digest_readers(std::vector<std::string> addresses)
{
    co_return co_await thread_.run([addresses = std::move(addresses)](AccountTables& tables) {
        return tables.digest_readers(addresses);
    });
}

awaitable<void> AccountBook::note_digest(std::string address, WallTime told)
{
    co_await thread_.run([address = std::move(address), told](AccountTables& tables) {
        tables.note_digest(address, told);
    });
}
}

namespace storage {
AccountChanges& changes_of(Accounts& accounts)
{
    return static_cast<sqlite::AccountBook&>(accounts); // there is no other book
}
}
