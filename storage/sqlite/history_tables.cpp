// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/history_tables.hpp"

#include "storage/sqlite/history_terms.hpp"
#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/tallies.hpp"
#include "storage/sqlite/texts.hpp"

#include <algorithm>
#include <limits>

namespace storage::sqlite {
namespace {
constexpr int checkpoint_pages = 1000;

/// Numbers of rows that are no recipients begin here.
constexpr std::int64_t own_numbers = 1'000'000'000;

/// Hostile text as the contract wants it; nearly always it is already.
void tidy(std::string& text)
{
    const bool is_plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
    if (text.size() > 512 || !is_plain)
        text = shown(text);
}

struct Indexed {
    std::int64_t row;
    std::string sender, recipient, from, subject, client, message_id, owner;
};

Indexed indexed_from(const Statement& from)
{
    return {from.integer(0),           std::string{from.text(1)}, std::string{from.text(2)},
            std::string{from.text(3)}, std::string{from.text(4)}, std::string{from.text(5)},
            std::string{from.text(6)}, std::string{from.text(7)}};
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
    if (term_number(Term::recipient, row.owner) != term_number(Term::recipient, row.recipient))
        add(Term::recipient, row.owner);
}
}

struct HistoryTables::Statements {
    explicit Statements(Database& database) : db{database} { }
    Database& db;
    Statement insert{db,
                     "INSERT INTO history VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
                     " ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)"};
    Statement note{db, "UPDATE history SET delivery = ?3 WHERE mail = ?1 AND number = ?2"};
    Statement note_segment{
        db,
        "INSERT INTO segments VALUES(?1, ?2, ?3) ON CONFLICT(number) DO UPDATE SET"
        " earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)"};
    Statement old_segment{db,
                          "SELECT number, latest < ?2 FROM segments"
                          " WHERE number >= ?1 AND earliest < ?2 ORDER BY number LIMIT 1"};
    Statement drop_segment{db, "DELETE FROM segments WHERE number = ?1"};
    Statement drop_terms{db, "DELETE FROM terms WHERE segment = ?1"};
    Statement to_index{db,
                       "SELECT row, sender, recipient, from_text, subject, client, message_id,"
                       " owner FROM history WHERE row BETWEEN ?1 AND ?2 ORDER BY row"};
    Statement one{db,
                  "SELECT row, sender, recipient, from_text, subject, client, message_id,"
                  " owner FROM history WHERE row = ?1"};
    Statement old_rows{db, "SELECT row FROM history WHERE row BETWEEN ?1 AND ?2 AND time < ?3"};
    Statement drop_row{db, "DELETE FROM history WHERE row = ?1"};
    Statement add_term{db, "INSERT OR IGNORE INTO terms VALUES(?1, ?2, ?3)"};
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
        Tallies tallies;
        for (auto& row : rows) {
            insert(row);
            tallies.add(row);
        }
        if (!rows.empty())
            note_times(rows, first);
        tallies.write(database_);
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
    for (auto* text : {&row.stage, &row.listener, &row.client, &row.helo, &row.sender,
                       &row.recipient, &row.from, &row.subject, &row.message_id, &row.rule,
                       &row.step, &row.reply, &row.delivery, &row.owner, &row.sending_domain})
        tidy(*text);
    ++last_row_;
    // Rows of one mail lie close together, so that these numbers differ.
    if (row.id.number == 0)
        row.id.number = static_cast<std::uint32_t>(own_numbers + last_row_ % own_numbers);
    sql_->insert.run(last_row_, row.id.mail.value(), row.id.number, stored_time(row.time),
                     static_cast<int>(row.action), static_cast<int>(row.direction), row.size,
                     row.score, row.sender, row.recipient, row.from, row.subject, row.client,
                     row.message_id, row.stage, row.listener, row.helo, row.rule, row.step,
                     row.reply, row.timings, row.findings, row.delivery, row.owner,
                     row.sending_domain);
}

void HistoryTables::note_times(std::span<const HistoryRow> rows, std::int64_t first)
{
    for (std::size_t start = 0; start < rows.size();) {
        const auto segment = segment_of(first + static_cast<std::int64_t>(start));
        const auto next = static_cast<std::size_t>((segment + 1) * segment_rows + 1 - first);
        const auto end = std::min(rows.size(), next);
        const auto some = rows.subspan(start, end - start);
        const auto [earliest, latest] = std::ranges::minmax_element(some, {}, &HistoryRow::time);
        sql_->note_segment.run(segment, stored_time(earliest->time), stored_time(latest->time));
        start = end;
    }
}

void HistoryTables::write_level(WallTime now, const std::string& name, std::uint64_t number)
{
    sqlite::write_level(database_, now, name, number);
}

std::size_t HistoryTables::backlog() const
{
    return static_cast<std::size_t>((last_row_ - indexed_) / segment_rows);
}

void HistoryTables::index_segment()
{
    const auto segment = segment_of(indexed_ + 1);
    const auto last = indexed_ + segment_rows;
    std::vector<TermRow> terms;
    Transaction transaction{database_};
    for (sql_->to_index.start(indexed_ + 1, last); sql_->to_index.next();) {
        const auto row = indexed_from(sql_->to_index);
        add_terms(terms, row);
        sql_->add_text.run(row.row, searchable(row.sender, row.recipient, row.from, row.subject));
    }
    // In the order of the table, so that each page is written once.
    std::ranges::sort(terms);
    for (const auto& [term, row] : terms)
        sql_->add_term.run(segment, term, row);
    sql_->progress.run(last);
    prune_closed_steps(segment);
    transaction.commit();
    indexed_ = last;
}

void HistoryTables::prune_closed_steps(std::int64_t segment)
{
    Statement latest{database_, "SELECT latest FROM segments WHERE number = ?1"};
    if (!latest.start(segment).next())
        return;
    const auto now = time_from(latest.integer(0));
    if (now < pruned_to_ + std::chrono::hours{1})
        return;
    prune_counts(database_, pruned_to_, now);
    pruned_to_ = now;
}

HistoryTables::Swept HistoryTables::sweep_one(WallTime before)
{
    auto& old = sql_->old_segment;
    if (!old.start(sweep_from_, stored_time(before)).next()) {
        sweep_from_ = 0;
        drop_counts(database_, before);
        return {};
    }
    const auto segment = old.integer(0);
    const bool is_all_old = old.integer(1) != 0;
    old.reset();
    std::vector<std::int64_t> rows;
    auto& old_rows = sql_->old_rows;
    old_rows.start(segment * segment_rows + 1, (segment + 1) * segment_rows, stored_time(before));
    while (old_rows.next())
        rows.push_back(old_rows.integer(0));
    Transaction transaction{database_};
    drop_rows(rows);
    // Terms of single rows may point to nothing until their whole segment goes.
    if (is_all_old) {
        sql_->drop_segment.run(segment);
        sql_->drop_terms.run(segment);
    }
    transaction.commit();
    sweep_from_ = segment + 1;
    return {rows.size(), true};
}

void HistoryTables::drop_rows(std::span<const std::int64_t> rows)
{
    for (const auto number : rows) {
        if (number <= indexed_ && sql_->one.start(number).next()) {
            const auto row = indexed_from(sql_->one);
            sql_->one.reset();
            sql_->drop_text.run(number,
                                searchable(row.sender, row.recipient, row.from, row.subject));
        }
        sql_->drop_row.run(number);
    }
}

void HistoryTables::checkpoint_if_long()
{
    if (database_.wal_pages() >= checkpoint_pages)
        database_.checkpoint();
}
}
