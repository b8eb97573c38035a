// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/lists.hpp"
#include "storage/sqlite/bodies.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/store.hpp"

#include <set>

namespace storage::sqlite {
/// Where a body is kept; as in the table.
enum class Place { dropped, table, file };

/// A mail ready for the tables: everything costly is done.
struct MailRecord {
    mail::MailId id;
    WallTime received_at{}, committed_at{};
    std::string listener, client, sending_domain;
    mail::Direction direction = mail::Direction::inbound;
    mail::ReversePath sender;
    mail::MailParameters parameters;
    std::string from, subject, message_id;
    TransactionHash hash{};
    PackedBody body;
    std::vector<NewRow> rows;
};

/// What a transaction changes besides rows.
struct Totals {
    std::int64_t bodies = 0, bytes = 0, waiting = 0, held = 0;
    std::optional<WallTime> oldest_waiting, unreachable_since;
};

/// The check of a whole database found damage.
struct Damaged : std::runtime_error {
    explicit Damaged(const std::string& what) : std::runtime_error{"it is damaged: " + what} { }
};

/// A set of row states.
struct States {
    unsigned bits = 0;
    static constexpr States of(auto... states)
    {
        return {(0U | ... | (1U << static_cast<int>(states)))};
    }
    constexpr bool contains(RowState state) const { return (bits >> static_cast<int>(state)) & 1U; }
};

/// A change of state of one row, made only where the row is in one of the states `from`.
struct Move {
    RowId row;
    States from;
    RowState to = RowState::waiting;
    WallTime now{}, next_attempt{};
    unsigned attempts = 0; ///< more than before
    std::optional<std::string> reason, reply; ///< nullopt: as before
    std::optional<bool> is_unreachable; ///< what an attempt found; nullopt: as before
};

/// mail.db as its one writing connection sees it. For one thread. All functions but `begin`,
/// `commit` and `rollback` belong inside a transaction.
class MailTables {
public:
    /// Migrates and, with `verify`, checks the whole database. Throws Error or std::runtime_error.
    MailTables(const Database::Options& options, bool verify);

    void begin();
    void commit();
    void rollback();
    const Totals& totals() const { return totals_; }
    /// Large bodies that lost their last row in committed transactions; their files may go.
    std::vector<mail::MailId> take_dropped_files() { return std::exchange(dropped_files_, {}); }
    Database& database() { return database_; }
    /// So many held rows more are in sight; what was thrown away counts no more.
    void count_held(std::int64_t change) { totals_.held += change; }

    void insert(const MailRecord& mail);
    /// False when the row is in none of those states.
    bool move(const Move& move);
    bool set_due(RowId row, WallTime when);
    /// Mail for the domain waits, and no attempt has reached its server since before `since`.
    bool is_unreached(std::string_view domain, WallTime since);
    /// Rows of a finished or expired kind, at most `limit`; returns how many went.
    std::size_t drop_finished(std::size_t limit);
    std::size_t drop_held(WallTime since, std::size_t limit);
    /// Forgets mails without rows committed before `before`, looking at `limit` mails from
    /// `cursor` on; returns where to go on, 0 at the end.
    std::int64_t drop_mails(WallTime before, std::int64_t cursor, std::size_t limit);
    /// Numbers of the rows of a mail.
    std::vector<RowId> rows_of(mail::MailId id);
    std::set<mail::MailId> mails_with_files();
    /// The first eight octets of each hash committed since then.
    std::vector<std::uint64_t> hashes_since(WallTime since);

    std::vector<ListEntry> entries();
    std::int64_t put(const ListEntry& entry);
    std::int64_t erase(const std::string& scope, ListEntry::Effect effect, const std::string& text);
    void count_hits(std::int64_t number, std::uint64_t hits, WallTime last);

private:
    struct Statements;
    void insert_row(const MailRecord& mail, const NewRow& row);
    void verify_all();
    void count_all();
    void count(RowState state, int change);
    void drop_body_if_last(mail::MailId id);
    void find_oldest();
    Database database_;
    std::unique_ptr<Statements> sql_;
    Totals totals_, before_;
    bool is_waiting_changed_ = false;
    std::vector<mail::MailId> dropped_files_, dropping_;
    std::optional<Transaction> transaction_;

public:
    ~MailTables();
};

/// Nanoseconds since 1970, as times are stored.
inline std::int64_t stored_time(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}
inline WallTime time_from(std::int64_t stored)
{
    return WallTime{
        std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds{stored})};
}
}
