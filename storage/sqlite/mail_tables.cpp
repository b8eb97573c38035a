// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_tables.hpp"

#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/texts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sqlite3.h>

namespace storage::sqlite {
namespace {
RowId row_id(const Statement& row)
{
    return {mail::MailId{static_cast<std::uint64_t>(row.integer(0))},
            static_cast<std::uint32_t>(row.integer(1))};
}
}

struct MailTables::Statements {
    explicit Statements(Database& database) : db{database} { }
    Database& db;
    Statement insert_mail{db,
                          "INSERT INTO mails VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                          " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)"};
    Statement insert_body{db, "INSERT INTO bodies VALUES(?1, ?2)"};
    Statement insert_row{db,
                         "INSERT INTO rows VALUES(?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                         " ?12, ?13, ?14, ?15, ?16, 0, ?17)"};
    Statement state{db, "SELECT state, trashed_at FROM rows WHERE mail = ?1 AND number = ?2"};
    Statement move{db,
                   "UPDATE rows SET changed_at = CASE WHEN state = ?3 THEN changed_at ELSE ?4 END,"
                   " state = ?3, next_attempt = ?5, attempts = attempts + ?6,"
                   " reason = coalesce(?7, reason), last_reply = coalesce(?8, last_reply),"
                   " unreachable_since = CASE WHEN ?3 <> 0 OR ?9 = 0 THEN 0"
                   " WHEN ?9 IS NULL OR unreachable_since > 0 THEN unreachable_since ELSE ?4 END"
                   " WHERE mail = ?1 AND number = ?2"};
    Statement set_due{db,
                      "UPDATE rows SET next_attempt = ?3"
                      " WHERE mail = ?1 AND number = ?2 AND state = 0"};
    Statement unfinished{db, "SELECT 1 FROM rows WHERE mail = ?1 AND state <= 1 LIMIT 1"};
    Statement body{db, "SELECT stored, place FROM mails WHERE id = ?1"};
    Statement drop_body{db, "DELETE FROM bodies WHERE mail = ?1"};
    Statement body_dropped{db, "UPDATE mails SET stored = 0, place = 0 WHERE id = ?1"};
    Statement oldest{db,
                     "SELECT m.received_at FROM rows r JOIN mails m ON m.id = r.mail"
                     " WHERE r.state = 0 ORDER BY r.mail LIMIT 1"};
    Statement unreachable{db,
                          "SELECT unreachable_since FROM rows"
                          " WHERE state = 0 AND unreachable_since > 0"
                          " ORDER BY unreachable_since LIMIT 1"};
    Statement unreached{db,
                        "SELECT 1 FROM rows WHERE state = 0 AND unreachable_since > 0"
                        " AND recipient_domain = ?1 AND unreachable_since < ?2 LIMIT 1"};
    Statement finished{db, "SELECT mail, number FROM rows WHERE state > 1 LIMIT ?1"};
    Statement expired{db,
                      "SELECT mail, number, trashed_at FROM rows"
                      " WHERE state = 1 AND changed_at < ?1 LIMIT ?2"};
    Statement drop_row{db, "DELETE FROM rows WHERE mail = ?1 AND number = ?2"};
    Statement mails_after{db,
                          "SELECT id, committed_at < ?2 AND NOT EXISTS"
                          "(SELECT 1 FROM rows WHERE rows.mail = mails.id)"
                          " FROM mails WHERE id > ?1 ORDER BY id LIMIT ?3"};
    Statement drop_mail{db, "DELETE FROM mails WHERE id = ?1"};
    Statement rows_of{db, "SELECT number FROM rows WHERE mail = ?1"};
    Statement put{
        db,
        "INSERT INTO lists(scope, effect, kind, text, author, note, created, expires, hits)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)"
        " ON CONFLICT(scope, effect, text) DO UPDATE SET kind = excluded.kind,"
        " author = excluded.author, note = excluded.note, created = excluded.created,"
        " expires = excluded.expires RETURNING number"};
    Statement erase{db,
                    "DELETE FROM lists WHERE scope = ?1 AND effect = ?2 AND text = ?3"
                    " RETURNING number"};
    Statement hits{db, "UPDATE lists SET hits = ?2, last_hit = ?3 WHERE number = ?1"};
};

MailTables::MailTables(const Database::Options& options, bool verify) : database_{options}
{
    migrate(database_, mail_migrations());
    // What an earlier failed sync left only in the page cache is written once more, and synced.
    database_.checkpoint(true);
    if (verify)
        verify_all();
    sql_ = std::make_unique<Statements>(database_);
    count_all();
}

MailTables::~MailTables() = default;

void MailTables::verify_all()
{
    Statement check{database_, "PRAGMA quick_check(1)"};
    check.start().next();
    std::string answer{check.text(0)};
    if (answer == "ok")
        return;
    std::ranges::replace(answer, '\n', ' ');
    // A page that the disk did not read is told like a damaged one.
    for (const int code : {SQLITE_IOERR_READ, SQLITE_IOERR_CORRUPTFS})
        if (answer.ends_with("error code=" + std::to_string(code)))
            throw Error{code, EIO, answer};
    throw Damaged{answer};
}

void MailTables::count_all()
{
    Statement bodies{database_,
                     "SELECT count(*), coalesce(sum(stored), 0) FROM mails WHERE place > 0"};
    bodies.start().next();
    totals_.bodies = bodies.integer(0);
    totals_.bytes = bodies.integer(1);
    Statement waiting{database_, "SELECT count(*) FROM rows WHERE state = 0"};
    waiting.start().next();
    totals_.waiting = waiting.integer(0);
    Statement held{database_, "SELECT count(*) FROM rows WHERE state = 1 AND trashed_at = 0"};
    held.start().next();
    totals_.held = held.integer(0);
    find_oldest();
}

void MailTables::find_oldest()
{
    const auto time = [](Statement& statement) {
        std::optional<WallTime> found;
        if (statement.start().next())
            found = time_from(statement.integer(0));
        statement.reset();
        return found;
    };
    totals_.oldest_waiting = time(sql_->oldest);
    totals_.unreachable_since = time(sql_->unreachable);
}

void MailTables::begin()
{
    before_ = totals_;
    transaction_.emplace(database_);
}

void MailTables::commit()
{
    if (is_waiting_changed_)
        find_oldest();
    transaction_->commit();
    transaction_.reset();
    is_waiting_changed_ = false;
    dropped_files_.insert(dropped_files_.end(), dropping_.begin(), dropping_.end());
    dropping_.clear();
}

void MailTables::rollback()
{
    transaction_.reset();
    totals_ = before_;
    is_waiting_changed_ = false;
    dropping_.clear();
}

void MailTables::count(RowState state, int change)
{
    if (state == RowState::waiting) {
        totals_.waiting += change;
        is_waiting_changed_ = true;
    } else if (state == RowState::held) {
        totals_.held += change;
    }
}

void MailTables::insert(const MailRecord& mail)
{
    const auto& body = mail.body;
    const bool has_hash = mail.hash != TransactionHash{};
    const Blob hash{{reinterpret_cast<const char*>(mail.hash.data()), mail.hash.size()}};
    std::optional<std::string> sender;
    if (mail.sender)
        sender = mail.sender->to_string();
    const auto id = mail.id.value();
    sql_->insert_mail.run(
        id, stored_time(mail.received_at), mail.listener, static_cast<int>(mail.direction),
        mail.client, sender, mail.parameters.size, mail.parameters.is_8bit,
        mail.parameters.is_smtputf8, mail.parameters.ret, mail.parameters.envid, mail.from,
        mail.subject, mail.message_id, body.size, body.stored, static_cast<int>(body.dots),
        body.is_compressed, static_cast<int>(body.is_file ? Place::file : Place::table),
        body.checksum, stored_time(mail.committed_at),
        has_hash ? std::optional{hash} : std::nullopt);
    if (!body.is_file)
        sql_->insert_body.run(id, Blob{body.bytes});
    for (const auto& row : mail.rows)
        insert_row(mail, row);
    totals_.bodies += 1;
    totals_.bytes += static_cast<std::int64_t>(body.stored);
}

void MailTables::insert_row(const MailRecord& mail, const NewRow& row)
{
    const auto ranges = stored_ranges(row.stamp.left_out);
    const bool is_unreached = row.state == RowState::waiting && row.is_unreachable;
    sql_->insert_row.run(mail.id.value(), row.number, static_cast<int>(row.state),
                         row.state == RowState::waiting ? stored_time(row.next_attempt) : 0,
                         stored_time(mail.committed_at), row.address.to_string(),
                         row.owner ? row.owner->key() : row.address.key(),
                         row.address.domain().ascii(), row.reason, row.last_reply, row.notify,
                         row.orcpt, row.score, row.stamp.lines, Blob{ranges},
                         is_unreached ? stored_time(mail.committed_at) : 0, mail.sending_domain);
    count(row.state, 1);
}

bool MailTables::move(const Move& move)
{
    const auto id = move.row.mail.value();
    auto& state = sql_->state;
    if (!state.start(id, move.row.number).next())
        return false;
    const auto before = static_cast<RowState>(state.integer(0));
    const bool is_trashed = state.integer(1) != 0;
    state.reset();
    if (!move.from.contains(before))
        return false;
    sql_->move.run(id, move.row.number, static_cast<int>(move.to), stored_time(move.now),
                   stored_time(move.next_attempt), move.attempts, move.reason, move.reply,
                   move.is_unreachable);
    if (before != RowState::held || !is_trashed)
        count(before, -1);
    if (move.to != RowState::held || !is_trashed)
        count(move.to, 1);
    if (move.to > RowState::held)
        drop_body_if_last(move.row.mail);
    return true;
}

bool MailTables::set_due(RowId row, WallTime when)
{
    return sql_->set_due.run(row.mail.value(), row.number, stored_time(when)) > 0;
}

bool MailTables::is_unreached(std::string_view domain, WallTime since)
{
    const bool is_so = sql_->unreached.start(domain, stored_time(since)).next();
    sql_->unreached.reset();
    return is_so;
}

void MailTables::drop_body_if_last(mail::MailId id)
{
    const bool is_needed = sql_->unfinished.start(id.value()).next();
    sql_->unfinished.reset();
    if (is_needed || !sql_->body.start(id.value()).next())
        return;
    const auto stored = sql_->body.integer(0);
    const auto place = static_cast<Place>(sql_->body.integer(1));
    sql_->body.reset();
    if (place == Place::dropped)
        return;
    if (place == Place::table)
        sql_->drop_body.run(id.value());
    else
        dropping_.push_back(id);
    sql_->body_dropped.run(id.value());
    totals_.bodies -= 1;
    totals_.bytes -= stored;
}

std::size_t MailTables::drop_finished(std::size_t limit)
{
    std::vector<RowId> rows;
    for (sql_->finished.start(limit); sql_->finished.next();)
        rows.push_back(row_id(sql_->finished));
    for (const auto& row : rows)
        sql_->drop_row.run(row.mail.value(), row.number);
    return rows.size();
}

std::size_t MailTables::drop_held(WallTime since, std::size_t limit)
{
    std::vector<RowId> rows;
    int counted = 0;
    for (sql_->expired.start(stored_time(since), limit); sql_->expired.next();) {
        rows.push_back(row_id(sql_->expired));
        counted += sql_->expired.integer(2) == 0 ? 1 : 0;
    }
    count(RowState::held, -counted);
    for (const auto& row : rows) {
        sql_->drop_row.run(row.mail.value(), row.number);
        drop_body_if_last(row.mail);
    }
    return rows.size();
}

std::int64_t MailTables::drop_mails(WallTime before, std::int64_t cursor, std::size_t limit)
{
    std::vector<std::int64_t> unused;
    std::size_t seen = 0;
    auto& mails = sql_->mails_after;
    for (mails.start(cursor, stored_time(before), limit); mails.next(); ++seen) {
        cursor = mails.integer(0);
        if (mails.integer(1) != 0)
            unused.push_back(cursor);
    }
    for (const auto id : unused)
        sql_->drop_mail.run(id);
    return seen < limit ? 0 : cursor;
}

std::vector<RowId> MailTables::rows_of(mail::MailId id)
{
    std::vector<RowId> rows;
    for (sql_->rows_of.start(id.value()); sql_->rows_of.next();)
        rows.push_back({id, static_cast<std::uint32_t>(sql_->rows_of.integer(0))});
    return rows;
}

std::set<mail::MailId> MailTables::mails_with_files()
{
    std::set<mail::MailId> mails;
    Statement statement{database_, "SELECT id FROM mails WHERE place = 2"};
    for (statement.start(); statement.next();)
        mails.insert(mail::MailId{static_cast<std::uint64_t>(statement.integer(0))});
    return mails;
}

std::vector<std::uint64_t> MailTables::hashes_since(WallTime since)
{
    std::vector<std::uint64_t> hashes;
    Statement statement{database_,
                        "SELECT hash FROM mails WHERE hash IS NOT NULL"
                        " AND committed_at / 3600000000000 >= ?1 / 3600000000000"};
    for (statement.start(stored_time(since)); statement.next();) {
        const auto bytes = statement.blob(0);
        std::uint64_t first = 0;
        if (bytes.size() >= sizeof first)
            std::memcpy(&first, bytes.data(), sizeof first);
        hashes.push_back(first);
    }
    return hashes;
}

std::vector<ListEntry> MailTables::entries()
{
    std::vector<ListEntry> entries;
    Statement rows{database_,
                   "SELECT number, scope, effect, kind, text, author, note, created, expires,"
                   " hits, last_hit FROM lists ORDER BY number"};
    for (rows.start(); rows.next();) {
        ListEntry entry;
        entry.number = rows.integer(0);
        entry.scope = rows.text(1);
        entry.effect = static_cast<ListEntry::Effect>(rows.integer(2));
        entry.kind = static_cast<ListEntry::Kind>(rows.integer(3));
        entry.text = rows.text(4);
        entry.author = rows.text(5);
        entry.note = rows.text(6);
        entry.created = time_from(rows.integer(7));
        if (!rows.is_null(8))
            entry.expires = time_from(rows.integer(8));
        entry.hits = static_cast<std::uint64_t>(rows.integer(9));
        if (!rows.is_null(10))
            entry.last_hit = time_from(rows.integer(10));
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::int64_t MailTables::put(const ListEntry& entry)
{
    std::optional<std::int64_t> expires;
    if (entry.expires)
        expires = stored_time(*entry.expires);
    auto& put = sql_->put;
    put.start(entry.scope, static_cast<int>(entry.effect), static_cast<int>(entry.kind), entry.text,
              entry.author, entry.note, stored_time(entry.created), expires);
    put.next();
    const auto number = put.integer(0);
    while (put.next()) { }
    return number;
}

std::int64_t MailTables::erase(const std::string& scope, ListEntry::Effect effect,
                               const std::string& text)
{
    auto& erase = sql_->erase;
    if (!erase.start(scope, static_cast<int>(effect), text).next())
        return 0;
    const auto number = erase.integer(0);
    while (erase.next()) { }
    return number;
}

void MailTables::count_hits(std::int64_t number, std::uint64_t hits, WallTime last)
{
    sql_->hits.run(number, hits, stored_time(last));
}
}
