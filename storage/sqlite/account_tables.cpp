// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/account_tables.hpp"

#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/texts.hpp"

#include <algorithm>

namespace storage::sqlite {
namespace {
constexpr int long_wal = 256; ///< pages
constexpr std::chrono::minutes use_interval{1};
constexpr std::string_view select_session
    = "SELECT hash, account, created, seen, expires, client FROM sessions ";
constexpr std::string_view select_token
    = "SELECT number, hash, account, name, scopes, created, used, expires FROM tokens ";

Blob blob_of(const TokenHash& hash)
{
    return Blob{{reinterpret_cast<const char*>(hash.data()), hash.size()}};
}

TokenHash hash_from(std::string_view blob)
{
    TokenHash hash{};
    std::ranges::copy(blob.substr(0, hash.size()), hash.begin());
    return hash;
}

Session session_from(const Statement& row)
{
    return {hash_from(row.blob(0)),    row.integer(1),
            time_from(row.integer(2)), time_from(row.integer(3)),
            time_from(row.integer(4)), std::string{row.text(5)}};
}

/// Three columns from `first` on.
OwnPolicy policy_from(const Statement& row, int first)
{
    OwnPolicy policy;
    policy.is_off = row.integer(first) != 0;
    if (!row.is_null(first + 1))
        policy.tag = row.real(first + 1);
    if (!row.is_null(first + 2))
        policy.quarantine = row.real(first + 2);
    return policy;
}

ApiToken token_from(const Statement& row)
{
    return {row.integer(0),
            hash_from(row.blob(1)),
            row.integer(2),
            std::string{row.text(3)},
            static_cast<unsigned>(row.integer(4)),
            time_from(row.integer(5)),
            time_from(row.integer(6)),
            time_from(row.integer(7))};
}
}

AccountTables::AccountTables(const Database::Options& options) : database_{options}
{
    migrate(database_, account_migrations());
    database_.run("PRAGMA foreign_keys = 1");
    Statement check{database_, "PRAGMA quick_check(1)"};
    if (check.start().next() && check.text(0) != "ok")
        throw Damaged{std::string{check.text(0)}};
}

void AccountTables::end_change()
{
    if (database_.wal_pages() > long_wal)
        database_.checkpoint();
}

std::vector<std::string> AccountTables::names(std::string_view sql, std::int64_t account)
{
    std::vector<std::string> names;
    Statement rows{database_, sql};
    for (rows.start(account); rows.next();)
        names.emplace_back(rows.text(0));
    return names;
}

Account AccountTables::read(const Statement& row)
{
    Account account;
    account.number = row.integer(0);
    account.name = row.text(1);
    account.role = static_cast<Role>(row.integer(2));
    account.is_local = row.integer(3) != 0;
    account.password = row.text(4);
    account.must_change_password = row.integer(5) != 0;
    account.is_locked = row.integer(6) != 0;
    account.language = row.text(7);
    account.created = time_from(row.integer(8));
    account.last_sign_in = time_from(row.integer(9));
    account.addresses
        = names("SELECT address FROM addresses WHERE account = ?1 ORDER BY 1", account.number);
    account.domains
        = names("SELECT domain FROM domains WHERE account = ?1 ORDER BY 1", account.number);
    return account;
}

std::optional<Account> AccountTables::find(const std::string& name)
{
    Statement row{database_, std::string{select_account} + "WHERE name = ?1"};
    if (!row.start(name).next())
        return {};
    return read(row);
}

std::optional<Account> AccountTables::account(std::int64_t number)
{
    Statement row{database_, std::string{select_account} + "WHERE number = ?1"};
    if (!row.start(number).next())
        return {};
    return read(row);
}

void AccountTables::put_addresses(std::int64_t account, const std::vector<std::string>& addresses)
{
    Statement{database_, "DELETE FROM addresses WHERE account = ?1"}.run(account);
    Statement address{database_, "INSERT OR IGNORE INTO addresses VALUES(?1, ?2)"};
    for (const auto& text : addresses)
        address.run(account, text);
}

void AccountTables::put_domains(std::int64_t account, const std::vector<std::string>& domains)
{
    Statement{database_, "DELETE FROM domains WHERE account = ?1"}.run(account);
    Statement domain{database_, "INSERT OR IGNORE INTO domains VALUES(?1, ?2)"};
    for (const auto& text : domains)
        domain.run(account, text);
}

std::optional<Account> AccountTables::insert(Account account)
{
    Statement insert{database_,
                     "INSERT OR IGNORE INTO accounts(name, role, is_local, password, must_change,"
                     " is_locked, language, created, last_sign_in)"
                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};
    if (insert.run(account.name, static_cast<int>(account.role), account.is_local, account.password,
                   account.must_change_password, account.is_locked, account.language,
                   stored_time(account.created), stored_time(account.last_sign_in))
        == 0)
        return {};
    account.number = database_.last_row();
    put_addresses(account.number, account.addresses);
    put_domains(account.number, account.domains);
    return account;
}

std::optional<Account> AccountTables::add(Account account)
{
    Transaction transaction{database_};
    auto added = insert(std::move(account));
    transaction.commit();
    end_change();
    return added;
}

std::optional<Account> AccountTables::change(std::int64_t number, const AccountChange& change,
                                             const Reach& reach)
{
    Transaction transaction{database_};
    if (!is_within(number, reach))
        return {};
    Statement update{database_,
                     "UPDATE accounts SET role = coalesce(?2, role),"
                     " is_local = coalesce(?3, is_local), password = coalesce(?4, password),"
                     " must_change = coalesce(?5, must_change),"
                     " is_locked = coalesce(?6, is_locked), language = coalesce(?7, language)"
                     " WHERE number = ?1 AND (?8 IS NULL OR (password = ?8 AND NOT is_locked))"};
    const auto role = change.role ? std::optional{static_cast<int>(*change.role)} : std::nullopt;
    if (update.run(number, role, change.is_local, change.password, change.must_change_password,
                   change.is_locked, change.language, change.if_password)
        == 0)
        return {};
    if (change.addresses)
        put_addresses(number, *change.addresses);
    if (change.domains)
        put_domains(number, *change.domains);
    auto changed = account(number);
    transaction.commit();
    end_change();
    return changed;
}

bool AccountTables::remove(std::int64_t number)
{
    const bool is_removed
        = Statement{database_, "DELETE FROM accounts WHERE number = ?1"}.run(number) > 0;
    end_change();
    return is_removed;
}

std::size_t AccountTables::count(Role role)
{
    Statement count{database_, "SELECT count(*) FROM accounts WHERE role = ?1"};
    count.start(static_cast<int>(role)).next();
    return static_cast<std::size_t>(count.integer(0));
}

bool AccountTables::begin(const Session& session, const std::optional<std::string>& password)
{
    Transaction transaction{database_};
    Statement insert{database_,
                     "INSERT INTO sessions SELECT ?1, number, ?3, ?4, ?5, ?6 FROM accounts"
                     " WHERE number = ?2 AND (?7 IS NULL OR (password = ?7 AND NOT is_locked))"};
    const auto begun = insert.run(blob_of(session.hash), session.account,
                                  stored_time(session.created), stored_time(session.seen),
                                  stored_time(session.expires), session.client, password);
    if (begun == 0)
        return false;
    Statement note{database_, "UPDATE accounts SET last_sign_in = ?2 WHERE number = ?1"};
    note.run(session.account, stored_time(session.created));
    transaction.commit();
    end_change();
    return true;
}

void AccountTables::note_use(Statement& note, const TokenHash& hash, WallTime now)
{
    try {
        note.run(blob_of(hash), stored_time(now));
        end_change();
    } catch (const Error& error) {
        if (!error.is_full())
            throw;
    }
}

std::optional<std::pair<Session, Account>> AccountTables::session(const TokenHash& hash,
                                                                  WallTime now)
{
    Statement row{database_, std::string{select_session} + "WHERE hash = ?1 AND expires > ?2"};
    if (!row.start(blob_of(hash), stored_time(now)).next())
        return {};
    auto session = session_from(row);
    row.reset();
    auto owner = account(session.account);
    if (!owner || owner->is_locked)
        return {};
    if (now >= session.seen + use_interval) {
        Statement note{database_, "UPDATE sessions SET seen = ?2 WHERE hash = ?1"};
        note_use(note, hash, now);
    }
    return std::pair{std::move(session), std::move(*owner)};
}

bool AccountTables::end(const TokenHash& hash)
{
    const bool is_ended
        = Statement{database_, "DELETE FROM sessions WHERE hash = ?1"}.run(blob_of(hash)) > 0;
    end_change();
    return is_ended;
}

std::size_t AccountTables::end_all(std::int64_t account, const std::optional<TokenHash>& except)
{
    Statement end{database_, "DELETE FROM sessions WHERE account = ?1 AND hash IS NOT ?2"};
    const auto kept = except ? std::optional{blob_of(*except)} : std::nullopt;
    const auto ended = end.run(account, kept);
    end_change();
    return static_cast<std::size_t>(ended);
}

std::vector<Session> AccountTables::sessions(std::int64_t account)
{
    Statement rows{database_,
                   std::string{select_session} + "WHERE account = ?1 ORDER BY seen DESC LIMIT 100"};
    std::vector<Session> sessions;
    for (rows.start(account); rows.next();)
        sessions.push_back(session_from(rows));
    return sessions;
}

ApiToken AccountTables::add(ApiToken token)
{
    Statement insert{database_,
                     "INSERT INTO tokens(hash, account, name, scopes, created, used, expires)"
                     " VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6)"};
    insert.run(blob_of(token.hash), token.account, token.name, token.scopes,
               stored_time(token.created), stored_time(token.expires));
    token.number = database_.last_row();
    end_change();
    return token;
}

std::optional<std::pair<ApiToken, Account>> AccountTables::token(const TokenHash& hash,
                                                                 WallTime now)
{
    Statement row{database_,
                  std::string{select_token} + "WHERE hash = ?1 AND (expires = 0 OR expires > ?2)"};
    if (!row.start(blob_of(hash), stored_time(now)).next())
        return {};
    auto token = token_from(row);
    row.reset();
    auto owner = account(token.account);
    if (!owner || owner->is_locked)
        return {};
    if (now >= token.used + use_interval) {
        Statement note{database_, "UPDATE tokens SET used = ?2 WHERE hash = ?1"};
        note_use(note, hash, now);
    }
    return std::pair{std::move(token), std::move(*owner)};
}

std::vector<ApiToken> AccountTables::tokens(std::int64_t account)
{
    Statement rows{database_, std::string{select_token} + "WHERE account = ?1 ORDER BY number"};
    std::vector<ApiToken> tokens;
    for (rows.start(account); rows.next();)
        tokens.push_back(token_from(rows));
    return tokens;
}

bool AccountTables::remove_token(std::int64_t account, std::int64_t number)
{
    Statement drop{database_, "DELETE FROM tokens WHERE account = ?1 AND number = ?2"};
    const bool is_removed = drop.run(account, number) > 0;
    end_change();
    return is_removed;
}

void AccountTables::keep_setup_link(const TokenHash& hash, WallTime expires)
{
    Statement{database_, "INSERT OR REPLACE INTO setup_link VALUES(1, ?1, ?2)"}.run(
        blob_of(hash), stored_time(expires));
    end_change();
}

bool AccountTables::is_setup_link(const TokenHash& hash, WallTime now)
{
    Statement link{database_, "SELECT 1 FROM setup_link WHERE hash = ?1 AND expires > ?2"};
    return link.start(blob_of(hash), stored_time(now)).next() && count(Role::administrator) == 0;
}

bool AccountTables::set_up(const TokenHash& link, Account administrator, WallTime now)
{
    Transaction transaction{database_};
    if (!is_setup_link(link, now) || !insert(std::move(administrator)))
        return false;
    Statement{database_, "DELETE FROM setup_link"}.run();
    transaction.commit();
    end_change();
    return true;
}

void AccountTables::sweep(WallTime now)
{
    Statement{database_, "DELETE FROM sessions WHERE expires <= ?1"}.run(stored_time(now));
    Statement{database_, "DELETE FROM tokens WHERE expires > 0 AND expires <= ?1"}.run(
        stored_time(now));
    Statement{database_, "DELETE FROM setup_link WHERE expires <= ?1"}.run(stored_time(now));
    end_change();
}

PersonalSettings AccountTables::settings(std::int64_t account)
{
    PersonalSettings settings;
    Statement row{database_,
                  "SELECT is_off, tag, quarantine, digest_days, digest_hour FROM preferences"
                  " WHERE account = ?1"};
    if (!row.start(account).next())
        return settings;
    settings.policy = policy_from(row, 0);
    if (row.integer(3) >= 0)
        settings.digest_days = static_cast<unsigned>(row.integer(3));
    settings.digest_hour = static_cast<unsigned>(row.integer(4));
    return settings;
}

void AccountTables::put(std::int64_t account, const PersonalSettings& settings)
{
    Statement put{database_, "INSERT OR REPLACE INTO preferences VALUES(?1, ?2, ?3, ?4, ?5, ?6)"};
    put.run(account, settings.policy.is_off, settings.policy.tag, settings.policy.quarantine,
            settings.digest_days ? static_cast<std::int64_t>(*settings.digest_days) : -1,
            settings.digest_hour);
    end_change();
}

OwnPolicies AccountTables::own_policies()
{
    OwnPolicies policies;
    Statement rows{database_,
                   "SELECT a.address, p.is_off, p.tag, p.quarantine FROM preferences p"
                   " JOIN addresses a ON a.account = p.account"
                   " WHERE p.is_off OR p.tag IS NOT NULL OR p.quarantine IS NOT NULL"};
    for (rows.start(); rows.next();)
        policies.insert_or_assign(std::string{rows.text(0)}, policy_from(rows, 1));
    return policies;
}
}
