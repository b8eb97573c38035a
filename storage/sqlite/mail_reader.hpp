// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/reach.hpp"
#include "storage/sqlite/bodies.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/store.hpp"

#include <functional>
#include <map>
#include <set>

namespace storage::sqlite {
/// mail.db as a connection sees it that only reads. For one thread. Throws Error.
class MailReader {
public:
    MailReader(const Database::Options& options, std::chrono::days keep_held);
    ~MailReader();

    struct Postponed {
        RowId row;
        WallTime until;
    };
    struct Unreadable {
        RowId row;
        std::string why;
    };
    struct Due {
        std::vector<Row> rows;
        std::vector<Postponed> postponed;
        std::vector<Unreadable> unreadable; ///< handed out, but nobody can deliver them
    };
    /// Waiting rows due at `now` that are not handed out, by next attempt, about `limit`; they are
    /// handed out now. Where an earlier row of the recipient waits for a server that could not be
    /// asked, that one comes in the row's place, and the row is to have its time. When it throws,
    /// nothing is handed out.
    Due due(WallTime now, std::size_t limit, std::set<RowId>& handed_out);
    /// The earliest next attempt of a waiting row for which `counts` says true.
    std::optional<WallTime> next_due(const std::function<bool(RowId)>& counts);
    /// In this and in `list` a sender that cannot be read is shown as the null sender.
    std::optional<Row> row(RowId id);
    bool is_waiting(RowId id);
    std::vector<Row> list(const RowQuery& query);
    /// What of it lies within a reach.
    std::vector<Row> list(const RowQuery& query, const Reach& reach);
    std::uint64_t count_held(const Reach& reach);
    /// What Desk says of these two.
    std::map<RowId, RowState> states(const std::vector<RowId>& rows);
    std::vector<std::string> held_owners(const std::string& after, std::size_t limit);
    /// nullopt: there is no such mail or its body is dropped.
    std::optional<PackedBody> body(mail::MailId id);
    std::optional<mail::MailId> find(const TransactionHash& hash, WallTime since, WallTime until);

private:
    struct Statements;
    class Taking;
    void read_due(RowId id, Due& due);
    Row read(const Statement& row, bool with_stamp) const;
    /// `within` is a condition on ?8 and ?9, which are bound to these texts.
    std::vector<Row> select(const RowQuery& query, std::string_view within,
                            const std::string& eighth, const std::string& ninth);
    Database database_;
    std::chrono::days keep_held_;
    std::unique_ptr<Statements> sql_;
};
}
