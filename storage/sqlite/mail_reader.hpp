// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/sqlite/bodies.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/store.hpp"

#include <functional>

namespace storage::sqlite {
/// mail.db as a connection sees it that only reads. For one thread. Throws Error.
class MailReader {
public:
    MailReader(const Database::Options& options, std::chrono::days keep_held);
    ~MailReader();

    /// Waiting rows due at `now`, by next attempt, for which `take` says true, at most `limit`.
    std::vector<Row> due(WallTime now, std::size_t limit, const std::function<bool(RowId)>& take);
    /// The earliest next attempt of a waiting row for which `counts` says true.
    std::optional<WallTime> next_due(const std::function<bool(RowId)>& counts);
    std::optional<Row> row(RowId id);
    bool is_waiting(RowId id);
    std::vector<Row> list(const RowQuery& query);
    /// nullopt: there is no such mail or its body is dropped.
    std::optional<PackedBody> body(mail::MailId id);
    std::optional<mail::MailId> find(const TransactionHash& hash, WallTime since, WallTime until);

private:
    struct Statements;
    Row read(const Statement& row, bool with_stamp) const;
    Database database_;
    std::chrono::days keep_held_;
    std::unique_ptr<Statements> sql_;
};
}
