// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/desk.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/statistics.hpp"

#include <limits>

namespace storage::sqlite {
/// history.db as a connection sees it that only reads. For one thread. Throws Error.
class HistoryReader {
public:
    explicit HistoryReader(const Database::Options& options) : database_{options} { }
    /// What of it lies within a reach.
    std::vector<HistoryRow> search(const HistoryQuery& query, const Reach& reach,
                                   const VerdictQuery& verdicts = {});
    /// The same in the time that `verdicts` gives it.
    HistoryPage page(const HistoryQuery& query, const Reach& reach, const VerdictQuery& verdicts);
    std::vector<Count> counts(const CountQuery& query);

    /// Where to read from, newest first: by an index, or row by row.
    struct Source {
        std::string from, key, where;
        std::optional<std::int64_t> term = {};
        std::string match = {};
        bool has_segments = false; ///< the index must be asked segment by segment
        std::int64_t slice = 1024; ///< rows that are looked at without a glance at the clock
    };

private:
    /// Rows that may be in question.
    struct Range {
        std::int64_t first = 1, last = std::numeric_limits<std::int64_t>::max();
    };
    /// nullopt: none.
    std::optional<Range> range_of(const HistoryQuery& query);
    struct Question;
    struct Findings;
    Findings find(const Question& question);
    void collect(const Question& question, const Source& source, const Range& range,
                 Findings& found);
    Database database_;
};
}
