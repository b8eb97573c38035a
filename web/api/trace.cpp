// SPDX-License-Identifier: Apache-2.0
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"
#include "web/api/trace_query.hpp"

#include <algorithm>

namespace web {
namespace {
/// Adds the ids of messages that bear this Message-ID, with and without its brackets.
awaitable<void> add_by_message_id(Site& site, storage::Reach reach, std::string message_id,
                                  std::vector<mail::MailId>& ids)
{
    for (const auto& form : {message_id, message_id.substr(1, message_id.size() - 2)}) {
        storage::HistoryQuery query;
        query.message_id = form;
        const auto rows = co_await site.desk->history(query, reach);
        for (const auto& row : rows)
            if (std::ranges::find(ids, row.id.mail) == ids.end())
                ids.push_back(row.id.mail);
    }
}

/// One message as far as it is known; false when nothing is.
awaitable<bool> write_trace(Site& site, const Principal& principal, mail::MailId id,
                            JsonWriter& json)
{
    storage::HistoryQuery query;
    query.id = id;
    query.limit = 1000;
    auto history = as_seen_by(principal, co_await site.desk->history(query, principal.reach));
    const auto stored = co_await rows_of(site, principal.reach, {id, {}});
    if (history.empty() && stored.empty())
        co_return false;
    std::ranges::sort(history, {}, &storage::HistoryRow::id);
    json.begin_object().member("id", id.to_string()).key("history").begin_array();
    for (const auto& row : history) {
        const auto found = std::ranges::find(stored, row.id, &storage::Row::id);
        write_history_row(json, row,
                          found == stored.end() ? std::nullopt : std::optional{found->state});
    }
    json.end_array().key("store").begin_array();
    for (const auto& row : stored)
        write_row(json, row);
    json.end_array().end_object();
    co_return true;
}
}

awaitable<Response> get_trace(Site& site, Principal principal, Request request)
{
    co_await site.context->history->settle();
    const std::string text = request.method == "POST" ? request.body : request.text("query");
    const auto query = parse_trace_query(text, site.context->env->wall_now());
    auto ids = query.ids;
    for (const auto& message_id : query.message_ids)
        co_await add_by_message_id(site, principal.reach, message_id, ids);
    JsonWriter json;
    json.begin_object().key("messages").begin_array();
    std::size_t found = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(ids.size(), 20); ++i) {
        const bool is_known = co_await write_trace(site, principal, ids[i], json);
        found += is_known ? 1 : 0;
    }
    json.end_array().end_object();
    if (found == 0)
        co_return problem(404, "nothing found",
                          ids.empty()
                              ? "there is no id and no known Message-ID in it"
                              : "the id is well formed, but history and store do not know it");
    co_return json_response(json.take());
}
}
