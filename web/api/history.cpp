// SPDX-License-Identifier: Apache-2.0
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"

namespace web {
namespace {
/// A filter that could not be read is an error, never silently everything.
std::optional<std::string> read_filters(const Request& request, storage::WallTime now,
                                        storage::HistoryQuery& query)
{
    query.text = request.text("text");
    query.recipient = request.text("recipient");
    query.sender = request.text("sender");
    query.recipient_domain = request.text("recipient_domain");
    query.sender_domain = request.text("sender_domain");
    query.client = request.text("client");
    query.message_id = request.text("message_id");
    query.limit = request.limit();
    if (const auto text = request.text("action"); !text.empty()) {
        query.action = mail::parse_action(text);
        if (!query.action)
            return "action: deliver, tag, quarantine, discard, defer or reject";
    }
    if (const auto text = request.text("id"); !text.empty()) {
        query.id = mail::MailId::parse(text);
        if (!query.id)
            return "id: 13 characters";
    }
    if (const auto text = request.text("after"); !text.empty()) {
        query.after = storage::RowId::parse(text);
        if (!query.after)
            return "after: the \"next\" of an earlier answer";
    }
    for (auto [name, moment] : {std::pair{"since", &query.since}, std::pair{"until", &query.until}})
        if (const auto text = request.text(name); !text.empty()) {
            *moment = parse_moment(text, now);
            if (!*moment)
                return std::string{name}
                + ": a date, an RFC 3339 time in UTC, or how long ago (\"2 h\")";
        }
    if (!query.text.empty() && query.text.size() < 3)
        return "text: three characters or more";
    return {};
}
}

awaitable<Response> get_history(Site& site, Principal principal, Request request)
{
    storage::HistoryQuery query;
    if (const auto wrong = read_filters(request, site.context->env->wall_now(), query))
        co_return problem(400, "malformed request", *wrong);
    co_await site.context->history->settle();
    const auto rows = co_await site.desk->history(query, reach_of(principal, request));
    co_return page_of(rows, query.limit, write_history_row);
}
}
