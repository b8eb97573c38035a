// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/desk.hpp"
#include "web/api/json.hpp"
#include "web/api/request.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace web {
/// A row's reason in two: a rule and what its fact says, such as the name of a rule of words or the
/// entry of a list; "" where the rule says all.
struct HeldFor {
    std::string_view rule, detail;
};
HeldFor held_for(std::string_view reason);

/// A row of the store, of the history, as JSON objects.
void write_row(JsonWriter& json, const storage::Row& row);
/// `state`: where it stands in the store; none: it is not stored.
void write_history_row(JsonWriter& json, const storage::HistoryRow& row,
                       std::optional<storage::RowState> state);
/// The member "entry": the list entry that decided, as its rule says ("lists.block_user
/// a@b.example"), or null.
void write_entry_of(JsonWriter& json, std::string_view rule);

/// Rows as this principal may see them: the helpdesk sees headers, no words of bodies.
std::vector<storage::HistoryRow> as_seen_by(const Principal& principal,
                                            std::vector<storage::HistoryRow> rows);

/// A page of rows: {"rows": […], "next": the cursor, null behind the last page}.
template <class Row>
Response page_of(const std::vector<Row>& rows, std::size_t limit,
                 void (*write)(JsonWriter&, const Row&))
{
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& row : rows)
        write(json, row);
    json.end_array();
    if (rows.size() == limit)
        json.member("next", rows.back().id.to_string());
    else
        json.key("next").null();
    json.end_object();
    return json_response(json.take());
}

std::string_view to_string(storage::RowState state);

/// What "ID" or "ID/N" names: a whole message, or one recipient of it.
struct Named {
    mail::MailId mail;
    std::optional<std::uint32_t> number;
};
std::optional<Named> parse_named(std::string_view text);

/// How far a request reaches: what the principal may see, with `mine=true` the own mail alone.
storage::Reach reach_of(const Principal& principal, const Request& request);

/// The stored rows that a name means and that lie within reach, in any state; oldest number first.
awaitable<std::vector<storage::Row>> rows_of(Site& site, storage::Reach reach, Named named);

/// The same by what stands in the route; 404 where that is no id or nothing of it is within reach.
awaitable<std::expected<std::vector<storage::Row>, Response>>
stored_rows(Site& site, storage::Reach reach, std::string id);
}
