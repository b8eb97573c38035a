// SPDX-License-Identifier: Apache-2.0
// Queue and quarantine: the same rows in two states.
#include "filters/reputation.hpp"
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"
#include "web/api/teaching.hpp"

#include <spdlog/spdlog.h>

#include <set>

namespace web {
using storage::RowState;

namespace {
constexpr std::size_t page = 1000;

storage::RowQuery query_of(const Request& request, RowState state)
{
    storage::RowQuery query;
    query.state = state;
    query.recipient = request.text("recipient");
    query.recipient_domain = request.text("domain");
    query.text = request.text("text");
    query.after = storage::RowId::parse(request.text("after"));
    query.limit = request.limit();
    return query;
}

awaitable<Response> list_rows(Site& site, Request request, RowState state)
{
    const auto query = query_of(request, state);
    const auto rows = co_await site.context->store->list(query);
    co_return page_of(rows, query.limit, write_row);
}

/// The rows an action is meant for: those named in the body, or all that the query lets through.
struct Chosen {
    std::vector<storage::RowId> rows;
    std::string problem;
};

awaitable<void> choose_all(Site& site, const Request& request, RowState state, Chosen& chosen)
{
    auto query = query_of(request, state);
    query.limit = page;
    query.after.reset();
    for (;;) {
        const auto rows = co_await site.context->store->list(query);
        for (const auto& row : rows)
            chosen.rows.push_back(row.id);
        if (rows.size() < page)
            co_return;
        query.after = rows.back().id;
    }
}

awaitable<Chosen> choose(Site& site, const Request& request, RowState state)
{
    Chosen chosen;
    const auto body = parse_json(request.body);
    if (!body) {
        chosen.problem = body.error();
        co_return chosen;
    }
    if (is_member_true(*body, "all")) {
        co_await choose_all(site, request, state, chosen);
        co_return chosen;
    }
    const auto ids = text_members(*body, "ids");
    if (ids.empty())
        chosen.problem = "the body wants \"ids\": [\"ID\", \"ID/N\", …] or \"all\": true";
    for (const auto& id : ids) {
        const auto named = parse_named(id);
        if (!named) {
            chosen.problem = "\"" + id + "\" is no id";
            co_return chosen;
        }
        for (const auto& row : co_await rows_of(site, *named))
            if (row.state == state)
                chosen.rows.push_back(row.id);
    }
    co_return chosen;
}

/// Who releases a held mail says that its client was misjudged; a release of many at once says
/// less.
awaitable<void> learn_release(Site& site, const std::vector<storage::RowId>& rows)
{
    constexpr std::size_t most = 100;
    constexpr double weight = 3; // the judgement that is undone counted 1
    if (!site.context->services->ledgers || rows.size() > most)
        co_return;
    std::set<mail::MailId> seen;
    for (const auto& id : rows) {
        if (!seen.insert(id.mail).second)
            continue;
        storage::RowQuery query;
        query.mail = id.mail;
        query.limit = 1;
        for (const auto& row : co_await site.context->store->list(query))
            if (!row.reason.starts_with("delivery."))
                filters::Reputation{site.context->services->ledgers->reputation}.learn(
                    filters::reputation_keys(row.client), filters::Lesson::good, weight,
                    site.context->env->wall_now());
    }
}

/// What a decision says of these mails. A mail that was held because it could not be delivered
/// teaches nothing.
awaitable<std::vector<Opinion>> opinions_of(Site& site, bool is_spam,
                                            const std::vector<storage::RowId>& rows)
{
    constexpr std::size_t most = 1000;
    std::vector<Opinion> opinions;
    std::set<mail::MailId> seen;
    for (const auto& id : rows) {
        if (seen.size() >= most || !seen.insert(id.mail).second)
            continue;
        storage::RowQuery query;
        query.mail = id.mail;
        query.limit = 1;
        for (const auto& row : co_await site.context->store->list(query))
            if (!row.reason.starts_with("delivery."))
                opinions.push_back({id.mail, is_spam});
    }
    co_return opinions;
}

/// The act is done: what cannot be learnt of it is for the log.
awaitable<void> teach_all(Site& site, std::vector<Opinion> opinions)
{
    for (auto& opinion : opinions) {
        const auto mail = opinion.mail.to_string();
        try {
            co_await teach(site, std::move(opinion));
        } catch (const std::exception& error) {
            spdlog::error("the decision on {} teaches nothing: {}", mail, error.what());
        }
    }
}

awaitable<void> act(Site& site, std::string action, std::vector<storage::RowId> rows,
                    std::size_t& changed)
{
    if (action == "release")
        co_await learn_release(site, rows);
    auto& store = *site.context->store;
    const auto now = site.context->env->wall_now();
    if (action == "retry")
        changed = co_await store.retry(rows, now);
    else if (action == "hold")
        changed = co_await store.hold(rows, "held by an administrator");
    else if (action == "release")
        changed = co_await store.release(rows, now);
    else
        changed = co_await store.remove(rows);
    const std::string note = action == "hold" ? "held by an administrator"
        : action == "release"                 ? "released by an administrator"
        : action == "delete"                  ? "deleted by an administrator"
                                              : "";
    for (const auto& row : note.empty() ? std::vector<storage::RowId>{} : rows)
        site.context->history->note_delivery(row, note);
    if (changed > 0 && (action == "retry" || action == "release"))
        site.queue->wake();
}

awaitable<Response> post_action(Site& site, Principal principal, Request request, RowState state)
{
    const std::string action = request.captures.front();
    const auto chosen
        = co_await choose(site, request, action == "release" ? RowState::held : state);
    if (!chosen.problem.empty())
        co_return problem(400, "malformed request", chosen.problem);
    std::vector<std::string> ids;
    for (const auto& row : chosen.rows)
        ids.push_back(row.to_string());
    const std::string place = state == RowState::held ? "quarantine " : "queue ";
    if (!ids.empty())
        co_await audit(site, principal, place + action, ids);
    const auto body = parse_json(request.body);
    const bool is_spam = action == "delete" && is_member_true(*body, "spam");
    std::vector<Opinion> opinions;
    if (is_spam || action == "release")
        opinions = co_await opinions_of(site, is_spam, chosen.rows);
    std::size_t changed = 0;
    co_await audited(site, principal, place + action, act(site, action, chosen.rows, changed));
    if (!ids.empty())
        co_await audit_outcome(site, principal, place + action,
                               std::to_string(changed) + " of " + std::to_string(ids.size())
                                   + " changed");
    co_await teach_all(site, std::move(opinions));
    if (changed == 0 && !is_member_true(*body, "all"))
        co_return problem(404, "no such row", "nothing in that state has this id");
    JsonWriter json;
    json.begin_object().member("changed", changed).end_object();
    co_return json_response(json.take());
}
}

awaitable<Response> get_queue(Site& site, Principal, Request request)
{
    return list_rows(site, std::move(request), RowState::waiting);
}

awaitable<Response> get_quarantine(Site& site, Principal, Request request)
{
    return list_rows(site, std::move(request), RowState::held);
}

awaitable<Response> post_queue_action(Site& site, Principal principal, Request request)
{
    const auto& action = request.captures.front();
    if (action != "retry" && action != "hold" && action != "release" && action != "delete")
        co_return problem(404, "no such resource", "retry, hold, release or delete");
    co_return co_await post_action(site, std::move(principal), std::move(request),
                                   RowState::waiting);
}

awaitable<Response> post_quarantine_action(Site& site, Principal principal, Request request)
{
    const auto& action = request.captures.front();
    if (action != "release" && action != "delete")
        co_return problem(404, "no such resource", "release or delete");
    co_return co_await post_action(site, std::move(principal), std::move(request), RowState::held);
}

awaitable<Response> get_message(Site& site, Principal, Request request)
{
    const auto named = parse_named(request.captures.front());
    if (!named)
        co_return problem(404, "no such message", "that is no id");
    const auto rows = co_await rows_of(site, *named);
    if (rows.empty())
        co_return problem(404, "no such message", "nothing with this id is stored");
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& row : rows)
        write_row(json, row);
    json.end_array().end_object();
    co_return json_response(json.take());
}

namespace {
awaitable<void> read_body(Site& site, mail::MailId id, mail::Message& message)
{
    message = co_await site.context->store->message(id);
}
}

awaitable<Response> get_content(Site& site, Principal principal, Request request)
{
    const auto named = parse_named(request.captures.front());
    if (!named)
        co_return problem(404, "no such message", "that is no id");
    const auto rows = co_await rows_of(site, *named);
    if (rows.empty())
        co_return problem(404, "no such message", "nothing with this id is stored");
    const std::string act = "view body";
    co_await audit(site, principal, act, rows.front().id.to_string());
    mail::Message message;
    co_await audited(site, std::move(principal), act, read_body(site, named->mail, message));
    co_return Response{200, "message/rfc822", message.text(), {}};
}
}
