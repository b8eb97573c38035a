// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/request.hpp"
#include "web/api/rows.hpp"

#include <set>

namespace web {
/// What is done to rows: "queue" or "quarantine" and a verb.
struct RowAct {
    std::string place, verb;
    bool is_spam = false; ///< of a deletion: it was spam, and that is learnt
    std::string name() const { return place + " " + verb; }
};

/// The query that a request's filters make.
storage::RowQuery row_query(const Request& request, storage::RowState state);

/// Does it to these rows, all of them within the principal's reach: recorded before and after, and
/// what the decision says of the mail is learnt. Returns how many changed.
awaitable<std::size_t> act_on(Site& site, Principal principal, RowAct act,
                              std::vector<storage::Row> rows);

/// Held whatever is in it: it could not be delivered, or came back while its account was locked.
/// It teaches nothing, and no digest tells of it.
bool is_held_for_itself(const storage::Row& row);

/// Held for what nobody but the administrator may let through, such as a virus, or, of what was to
/// leave, too much of it.
bool is_beyond_choice(const storage::Row& row);

/// The same to all rows of a query but `except`, page by page; `done` and `changed` grow, and
/// `thrown_away` by what was deleted in such a way that it can be fetched back.
struct RowProgress {
    std::size_t& done;
    std::size_t& changed;
    std::vector<storage::RowId>* thrown_away = nullptr;
};
awaitable<void> act_on_all(Site& site, Principal principal, RowAct act, storage::RowQuery query,
                           storage::Reach reach, std::set<storage::RowId> except,
                           RowProgress progress);
}
