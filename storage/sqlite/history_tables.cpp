// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/history_tables.hpp"

#include "storage/sqlite/history_terms.hpp"
#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/texts.hpp"

#include <algorithm>
#include <limits>

namespace storage::sqlite {
namespace {
constexpr std::int64_t span_rows = 4096;
constexpr int checkpoint_pages = 1000;

/// Hostile text as the contract wants it; nearly always it is already.
void tidy(std::string& text)
{
    const bool is_plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
    if (text.size() > 512 || !is_plain)
        text = shown(text);
}

struct Indexed {
    std::int64_t row;
    std::string sender, recipient, from, subject, client, message_id;
};

Indexed indexed_from(const Statement& from)
{
    return {from.integer(0),           std::string{from.text(1)}, std::string{from.text(2)},
            std::string{from.text(3)}, std::string{from.text(4)}, std::string{from.text(5)},
            std::string{from.text(6)}};
}

using TermRow = std::pair<std::int64_t, std::int64_t>;

void add_terms(std::vector<TermRow>& terms, const Indexed& row)
{
    const auto add = [&](Term term, std::string_view text) {
        if (!text.empty())
            terms.emplace_back(term_number(term, text), row.row);
    };
    add(Term::sender, row.sender);
    add(Term::recipient, row.recipient);
    add(Term::sender_domain, domain_of(row.sender));
    add(Term::recipient_domain, domain_of(row.recipient));
    add(Term::client, row.client);
    add(Term::message_id, bare_message_id(row.message_id));
}
}

struct HistoryTables::Statements {
    explicit Statements(Database& database) : db{database} { }
    Database& db;
    Statement insert{db,
                     "INSERT INTO history VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
                     " ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)"};
    Statement note{db, "UPDATE history SET delivery = ?3 WHERE mail = ?1 AND number = ?2"};
    Statement last_span{db, "SELECT first FROM spans ORDER BY first DESC LIMIT 1"};
    Statement grow_span{db,
                        "UPDATE spans SET last = ?2, earliest = min(earliest, ?3),"
                        " latest = max(latest, ?4) WHERE first = ?1"};
    Statement add_span{db, "INSERT INTO spans VALUES(?1, ?2, ?3, ?4)"};
    Statement old_span{db,
                       "SELECT first, last, latest < ?2 FROM spans"
                       " WHERE first >= ?1 AND earliest < ?2 ORDER BY first LIMIT 1"};
    Statement drop_span{db, "DELETE FROM spans WHERE first = ?1"};
    Statement to_index{db,
                       "SELECT row, sender, recipient, from_text, subject, client, message_id"
                       " FROM history WHERE row > ?1 ORDER BY row LIMIT ?2"};
    Statement one{db,
                  "SELECT row, sender, recipient, from_text, subject, client, message_id"
                  " FROM history WHERE row = ?1"};
    Statement old_rows{db, "SELECT row FROM history WHERE row BETWEEN ?1 AND ?2 AND time < ?3"};
    Statement drop_row{db, "DELETE FROM history WHERE row = ?1"};
    Statement add_term{db, "INSERT OR IGNORE INTO terms VALUES(?1, ?2)"};
    Statement drop_term{db, "DELETE FROM terms WHERE term = ?1 AND row = ?2"};
    Statement add_text{db, "INSERT INTO history_text(rowid, text) VALUES(?1, ?2)"};
    Statement drop_text{db,
                        "INSERT INTO history_text(history_text, rowid, text)"
                        " VALUES('delete', ?1, ?2)"};
    Statement progress{db, "UPDATE progress SET indexed = ?1"};
};

HistoryTables::HistoryTables(const Database::Options& options) : database_{options}
{
    migrate(database_, history_migrations());
    sql_ = std::make_unique<Statements>(database_);
    Statement last{database_,
                   "SELECT coalesce(max(row), 0), (SELECT indexed FROM progress)"
                   " FROM history"};
    last.start().next();
    last_row_ = std::max(last.integer(0), last.integer(1));
    indexed_ = last.integer(1);
}

HistoryTables::~HistoryTables() = default;

void HistoryTables::write(std::span<HistoryRow> rows, std::span<const DeliveryNote> notes)
{
    const auto first = last_row_ + 1;
    Transaction transaction{database_};
    try {
        for (auto& row : rows)
            insert(row);
        if (!rows.empty())
            note_span(rows, first);
        for (const auto& note : notes)
            sql_->note.run(note.row.mail.value(), note.row.number, note.delivery);
        transaction.commit();
    } catch (...) {
        last_row_ = first - 1;
        throw;
    }
}

void HistoryTables::insert(HistoryRow& row)
{
    for (auto* text :
         {&row.stage, &row.listener, &row.client, &row.helo, &row.sender, &row.recipient, &row.from,
          &row.subject, &row.message_id, &row.rule, &row.step, &row.reply, &row.delivery})
        tidy(*text);
    sql_->insert.run(++last_row_, row.id.mail.value(), row.id.number, stored_time(row.time),
                     static_cast<int>(row.action), static_cast<int>(row.direction), row.size,
                     row.score, row.sender, row.recipient, row.from, row.subject, row.client,
                     row.message_id, row.stage, row.listener, row.helo, row.rule, row.step,
                     row.reply, row.timings, row.findings, row.delivery);
}

void HistoryTables::note_span(std::span<const HistoryRow> rows, std::int64_t first)
{
    const auto [earliest, latest] = std::ranges::minmax_element(rows, {}, &HistoryRow::time);
    std::int64_t span = 0;
    if (sql_->last_span.start().next())
        span = sql_->last_span.integer(0);
    sql_->last_span.reset();
    if (span != 0 && last_row_ - span < span_rows)
        sql_->grow_span.run(span, last_row_, stored_time(earliest->time),
                            stored_time(latest->time));
    else
        sql_->add_span.run(first, last_row_, stored_time(earliest->time),
                           stored_time(latest->time));
}

std::size_t HistoryTables::backlog() const
{
    return static_cast<std::size_t>(last_row_ - indexed_);
}

void HistoryTables::index(std::size_t limit)
{
    std::vector<TermRow> terms;
    std::int64_t reached = last_row_;
    Transaction transaction{database_};
    std::size_t count = 0;
    for (sql_->to_index.start(indexed_, limit); sql_->to_index.next(); ++count) {
        const auto row = indexed_from(sql_->to_index);
        add_terms(terms, row);
        sql_->add_text.run(row.row, searchable(row.sender, row.recipient, row.from, row.subject));
        reached = row.row;
    }
    if (count < limit)
        reached = last_row_;
    // In the order of the table, so that neighbours share a page.
    std::ranges::sort(terms);
    for (const auto& [term, row] : terms)
        sql_->add_term.run(term, row);
    sql_->progress.run(reached);
    transaction.commit();
    indexed_ = reached;
}

HistoryTables::Swept HistoryTables::sweep_one(WallTime before)
{
    auto& span = sql_->old_span;
    if (!span.start(sweep_from_, stored_time(before)).next()) {
        sweep_from_ = 0;
        return {};
    }
    const auto first = span.integer(0);
    const auto last = span.integer(1);
    const bool is_all_old = span.integer(2) != 0;
    span.reset();
    std::vector<std::int64_t> rows;
    for (sql_->old_rows.start(first, last, stored_time(before)); sql_->old_rows.next();)
        rows.push_back(sql_->old_rows.integer(0));
    Transaction transaction{database_};
    drop_rows(rows);
    if (is_all_old)
        sql_->drop_span.run(first);
    transaction.commit();
    sweep_from_ = last + 1;
    return {rows.size(), true};
}

void HistoryTables::drop_rows(std::span<const std::int64_t> rows)
{
    std::vector<TermRow> terms;
    for (const auto number : rows) {
        if (number <= indexed_ && sql_->one.start(number).next()) {
            const auto row = indexed_from(sql_->one);
            sql_->one.reset();
            add_terms(terms, row);
            sql_->drop_text.run(number,
                                searchable(row.sender, row.recipient, row.from, row.subject));
        }
        sql_->drop_row.run(number);
    }
    std::ranges::sort(terms);
    for (const auto& [term, row] : terms)
        sql_->drop_term.run(term, row);
}

void HistoryTables::checkpoint_if_long()
{
    if (database_.wal_pages() >= checkpoint_pages)
        database_.checkpoint();
}
}
