// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/history.hpp"
#include "storage/reach.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace storage {
/// What people ask of verdicts besides HistoryQuery.
struct VerdictQuery {
    std::vector<mail::Action> actions = {}; ///< any of these; empty: all
    std::optional<mail::Direction> direction = {};
    std::optional<double> score_min = {}, score_max = {};
    /// "layer.fact", "layer." for any fact of that layer, or "layer.fact(detail)" with that detail,
    /// which holds neither quotes nor controls.
    std::string finding = {};
    std::string rule = {}; ///< substring of the rule that decided
    /// A search looks no longer than that at rows which no index sorts out.
    std::chrono::milliseconds longest{250};
};

/// A page of the history.
struct HistoryPage {
    std::vector<HistoryRow> rows = {};
    /// Where the search goes on (HistoryQuery::after); none: there is nothing more.
    std::optional<RowId> next = {};
    /// How far back it looked, where it ended before its time: there may be older rows that fit.
    std::optional<WallTime> looked_back_to = {};
};

/// Stored rows and history as people meet them: every question names how far the asker reaches, and
/// what lies outside is never read. What was thrown away is out of sight and can be fetched back
/// until it is swept.
class Desk {
public:
    static constexpr std::chrono::minutes trash_time{10};
    virtual ~Desk() = default;
    virtual awaitable<std::vector<Row>> rows(RowQuery query, Reach reach) = 0;
    virtual awaitable<std::uint64_t> count_held(Reach reach) = 0;
    virtual awaitable<std::vector<HistoryRow>> history(HistoryQuery query, Reach reach,
                                                       VerdictQuery verdicts = {})
        = 0;
    /// The same in the time that `verdicts` gives it.
    virtual awaitable<HistoryPage> history_page(HistoryQuery query, Reach reach,
                                                VerdictQuery verdicts)
        = 0;
    /// Where those of the rows stand that are stored; what was thrown away counts as deleted.
    virtual awaitable<std::map<RowId, RowState>> states(std::vector<RowId> rows) = 0;
    /// Whose mail is held, as mailbox keys behind `after`, in order.
    virtual awaitable<std::vector<std::string>> held_owners(std::string after, std::size_t limit)
        = 0;
    /// Those of the rows that are held, out of sight. Returns how many. This and the next throw
    /// Unavailable when nothing can be changed.
    virtual awaitable<std::size_t> throw_away(std::vector<RowId> rows, WallTime now) = 0;
    virtual awaitable<std::size_t> fetch_back(std::vector<RowId> rows, Reach reach) = 0;
    /// Removes for good what was thrown away before.
    virtual awaitable<std::size_t> sweep(WallTime before) = 0;
};
}
