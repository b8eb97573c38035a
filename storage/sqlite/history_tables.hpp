// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/history.hpp"
#include "storage/sqlite/database.hpp"

#include <optional>
#include <span>
#include <utility>

namespace storage::sqlite {
struct DeliveryNote {
    RowId row;
    std::string delivery;
};

/// history.db as its one writing connection sees it. For one thread. Throws Error. Each function
/// is a transaction of its own.
class HistoryTables {
public:
    explicit HistoryTables(const Database::Options& options);
    ~HistoryTables();
    /// Notes may speak of rows of the same call.
    void write(std::span<HistoryRow> rows, std::span<const DeliveryNote> notes);
    void write_level(WallTime now, const std::string& name, std::uint64_t number);
    /// Whole segments that no index knows yet.
    std::size_t backlog() const;
    /// Indexes the next segment.
    void index_segment();
    /// Drops rows older than `before`, looking at one segment.
    struct Swept {
        std::size_t rows = 0;
        bool has_more = false;
    };
    Swept sweep_one(WallTime before);
    void checkpoint_if_long();

private:
    struct Statements;
    void insert(HistoryRow& row);
    void note_times(std::span<const HistoryRow> rows, std::int64_t first);
    /// Of counts whose names have no end, only the largest stay.
    void prune_closed_steps(std::int64_t segment);
    void drop_rows(std::span<const std::int64_t> rows);
    Database database_;
    std::unique_ptr<Statements> sql_;
    std::int64_t last_row_ = 0, indexed_ = 0;
    std::int64_t sweep_from_ = 0;
    WallTime pruned_to_{};
};
}
