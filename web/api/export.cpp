// SPDX-License-Identifier: Apache-2.0
// Listings as CSV (RFC 4180), written page by page while they are read.
#include "web/api/audit.hpp"
#include "web/api/csv.hpp"
#include "web/api/downloads.hpp"
#include "web/api/history.hpp"
#include "web/api/json.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/row_acts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace web {
namespace {
constexpr std::size_t page = 500, most_rows = 100'000;

std::string line_of(const storage::HistoryRow& row)
{
    return fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{:.2f},{},{}\r\n", rfc3339(row.time), row.id.to_string(),
        row.direction == mail::Direction::inbound ? "inbound" : "outbound", csv_cell(row.client),
        csv_cell(row.sender), csv_cell(row.recipient), csv_cell(row.from), csv_cell(row.subject),
        row.size, mail::to_string(row.action), csv_cell(row.rule), row.score, csv_cell(row.reply),
        csv_cell(row.delivery));
}
constexpr std::string_view history_columns
    = "time,id,direction,client,sender,recipient,from,subject,size,action,rule,score,reply,"
      "delivery\r\n";

std::string line_of(const storage::Row& row)
{
    return fmt::format("{},{},{},{},{},{},{},{:.2f},{},{},{}\r\n", rfc3339(row.received_at),
                       row.id.to_string(), csv_cell(mail::to_string(row.sender)),
                       csv_cell(row.address), csv_cell(row.from), csv_cell(row.subject), row.size,
                       row.score, csv_cell(row.reason), rfc3339(row.expires_at),
                       csv_cell(row.client));
}
constexpr std::string_view held_columns
    = "received_at,id,sender,recipient,from,subject,size,score,reason,expires_at,client\r\n";

/// Rows, and where the listing goes on.
template <class Row> struct Some {
    std::vector<Row> rows;
    std::optional<storage::RowId> next;
};

awaitable<Some<storage::HistoryRow>> next_rows(Site& site, HistoryQuestion question,
                                               storage::Reach reach)
{
    auto found = co_await site.desk->history_page(std::move(question.query), std::move(reach),
                                                  std::move(question.verdicts));
    co_return Some<storage::HistoryRow>{std::move(found.rows), found.next};
}
storage::HistoryQuery& page_of(HistoryQuestion& question) { return question.query; }
storage::RowQuery& page_of(storage::RowQuery& query) { return query; }

awaitable<Some<storage::Row>> next_rows(Site& site, storage::RowQuery query, storage::Reach reach)
{
    const auto limit = query.limit;
    Some<storage::Row> some{co_await site.desk->rows(std::move(query), std::move(reach)), {}};
    if (some.rows.size() == limit)
        some.next = some.rows.back().id;
    co_return some;
}

/// What is still to be written of one listing.
template <class Query> struct Export {
    Site& site;
    Query query;
    storage::Reach reach;
    std::string head; ///< what stands before the next rows
    std::shared_ptr<Downloads::Place> place;
    std::size_t limit = most_rows, left = most_rows;
    bool is_over = false;

    static awaitable<std::string> next(std::shared_ptr<Export> self)
    {
        std::string text = std::exchange(self->head, {});
        while (text.empty() && !self->is_over)
            text = co_await self->some();
        co_return text;
    }
    awaitable<std::string> some()
    {
        auto& wanted = page_of(query);
        wanted.limit = std::min(page, left);
        const auto some = co_await next_rows(site, query, reach);
        std::string text;
        for (const auto& row : some.rows)
            text += line_of(row);
        left -= some.rows.size();
        is_over = !some.next || left == 0;
        wanted.after = some.next;
        if (some.next && left == 0 && limit == most_rows)
            text += fmt::format("# cut after {} rows: narrow the search for the rest\r\n", limit);
        co_return text;
    }
};

template <class Query> Response csv(Export<Query> of, const Request& request, std::string_view name)
{
    const auto wanted = request.text("limit");
    std::size_t limit = most_rows;
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), limit);
    of.limit = of.left = std::clamp<std::size_t>(limit, 1, most_rows);
    Response response{.status = 200, .content_type = "text/csv; charset=utf-8"};
    response.headers = {{"content-disposition", fmt::format("attachment; filename=\"{}\"", name)},
                        {"cache-control", "no-store"}};
    const auto rest = std::make_shared<Export<Query>>(std::move(of));
    response.more = [rest] { return Export<Query>::next(rest); };
    return response;
}

/// The filters, as one text.
std::string filters_of(const Request& request)
{
    std::string text;
    for (const auto& [name, value] : request.query)
        text += (text.empty() ? "" : " ") + name + "=" + value.substr(0, 100);
    return text.empty() ? "all" : text.substr(0, 400);
}

/// Who takes away more than the own mail is recorded.
awaitable<void> record_export(Site& site, Principal principal, Request request, std::string act)
{
    if (!principal.is(Role::user) && request.text("mine") != "true")
        co_await audit(site, std::move(principal), std::move(act), filters_of(request));
}
}

awaitable<Response> get_history_export(Site& site, Principal principal, Request request)
{
    auto query = history_question(request, site.context->env->wall_now());
    if (!query)
        co_return problem(400, "malformed request", query.error());
    auto place = Downloads::here().begin(principal);
    if (!place)
        co_return too_many_downloads();
    co_await record_export(site, principal, request, "export history");
    co_await site.context->history->settle();
    co_return csv(
        Export<HistoryQuestion>{site, std::move(*query), reach_of(principal, request),
                                std::string{byte_order_mark} + std::string{history_columns},
                                std::move(place)},
        request, "history.csv");
}

awaitable<Response> get_quarantine_export(Site& site, Principal principal, Request request)
{
    auto place = Downloads::here().begin(principal);
    if (!place)
        co_return too_many_downloads();
    co_await record_export(site, principal, request, "export quarantine");
    co_return csv(
        Export<storage::RowQuery>{
            site, row_query(request, storage::RowState::held), reach_of(principal, request),
            std::string{byte_order_mark} + std::string{held_columns}, std::move(place)},
        request, "quarantine.csv");
}
}
