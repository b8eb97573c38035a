// SPDX-License-Identifier: Apache-2.0
// Queue and quarantine: the same rows in two states.
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/downloads.hpp"
#include "web/api/jobs.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/routes.hpp"
#include "web/api/row_acts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace web {
using storage::Row;
using storage::RowId;
using storage::RowState;

namespace {
/// So many are done before the answer; more become a job.
constexpr std::size_t at_once = 500;
constexpr std::size_t most_named = 10'000; ///< ids in a body, and rows that they name

awaitable<Response> list_rows(Site& site, Principal principal, Request request, RowState state)
{
    const auto query = row_query(request, state);
    const auto rows = co_await site.desk->rows(query, reach_of(principal, request));
    co_return page_of(rows, query.limit, write_row);
}

/// `thrown_away`: what a deletion of all took, for whoever wants it back.
Response changed_answer(std::size_t changed, const std::vector<RowId>& thrown_away = {})
{
    JsonWriter json;
    json.begin_object().member("changed", changed);
    if (!thrown_away.empty()) {
        json.key("ids").begin_array();
        for (const auto& row : thrown_away)
            json.text(row.to_string());
        json.end_array();
    }
    json.end_object();
    return json_response(json.take());
}

Response begun(const Job& job)
{
    JsonWriter json;
    json.begin_object().member("job", job.id).member("total", job.total).end_object();
    return json_response(json.take(), 202);
}

/// What ids name, each mail and recipient once; no number: all recipients.
using NamedRows = std::map<mail::MailId, std::set<std::optional<std::uint32_t>>>;

std::expected<NamedRows, std::string> named_by(const std::vector<std::string>& ids)
{
    NamedRows named;
    for (const auto& id : ids) {
        const auto one = parse_named(id);
        if (!one)
            return std::unexpected{"\"" + id + "\" is no id"};
        named[one->mail].insert(one->number);
    }
    return named;
}

/// The rows of this state that ids of a body name.
awaitable<std::expected<std::vector<Row>, Response>> named_rows(Site& site,
                                                                const Principal& principal,
                                                                const std::vector<std::string>& ids,
                                                                RowState state)
{
    const auto named = named_by(ids);
    if (!named)
        co_return std::unexpected{problem(400, "malformed request", named.error())};
    std::vector<Row> rows;
    for (const auto& [mail, numbers] : *named) {
        for (auto& row : co_await rows_of(site, principal.reach, {mail, std::nullopt}))
            if (row.state == state
                && (numbers.contains(std::nullopt) || numbers.contains(row.id.number)))
                rows.push_back(std::move(row));
        if (rows.size() > most_named)
            co_return std::unexpected{problem(
                413, "too large", "that names more than 10,000 recipients; take fewer at once")};
    }
    co_return rows;
}

std::set<RowId> excluded(const boost::json::value& body)
{
    std::set<RowId> rows;
    for (const auto& id : text_members(body, "exclude"))
        if (const auto row = RowId::parse(id))
            rows.insert(*row);
    return rows;
}

/// All rows of the request's filters: at once where they are few, else as a job.
awaitable<Response> act_on_query(Site& site, Principal principal, RowAct act, Request request,
                                 RowState state, std::set<RowId> except)
{
    auto query = row_query(request, state);
    const auto reach = reach_of(principal, request);
    query.after.reset();
    query.limit = at_once + 1;
    auto rows = co_await site.desk->rows(query, reach);
    const bool is_many = rows.size() > at_once;
    std::erase_if(rows, [&](const Row& row) { return except.contains(row.id); });
    if (!is_many || !site.jobs) {
        std::size_t done = 0, changed = 0;
        std::vector<RowId> thrown_away;
        co_await act_on_all(site, principal, act, query, reach, except,
                            {done, changed, &thrown_away});
        co_return changed_answer(changed, thrown_away);
    }
    const bool is_all = query.text.empty() && query.recipient.empty()
        && query.recipient_domain.empty() && state == RowState::held;
    const auto total = is_all ? co_await site.desk->count_held(reach) : 0;
    const auto job = site.jobs->begin(principal, act.name(), total);
    if (!job)
        co_return problem(503, "busy", "as many jobs as may be are running; wait for one");
    net::Loop::current().spawn("job",
                               Jobs::run(job,
                                         act_on_all(site, principal, act, query, reach, except,
                                                    {job->done, job->changed, &job->thrown_away})));
    co_return begun(*job);
}

awaitable<Response> post_act(Site& site, Principal principal, RowAct act, Request request,
                             RowState state)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    act.is_spam = act.verb == "delete" && is_member_true(*body, "spam");
    if (is_member_true(*body, "all"))
        co_return co_await act_on_query(site, std::move(principal), std::move(act),
                                        std::move(request), state, excluded(*body));
    const auto ids = text_members(*body, "ids");
    if (ids.empty() || ids.size() > most_named)
        co_return problem(400, "malformed request",
                          "the body wants \"ids\": [\"ID\", \"ID/N\", …] or \"all\": true");
    auto rows = co_await named_rows(site, principal, ids, state);
    if (!rows)
        co_return rows.error();
    const bool is_staff
        = principal.is(Role::administrator) || principal.is(Role::domain_administrator);
    if (act.verb == "release" && !is_staff && std::ranges::any_of(*rows, is_beyond_choice))
        co_return problem(403, "not permitted",
                          "this was held for what only an administrator may let through");
    const auto changed
        = co_await act_on(site, std::move(principal), std::move(act), std::move(*rows));
    if (changed == 0)
        co_return problem(404, "no such row", "nothing in that state has this id");
    co_return changed_answer(changed);
}

awaitable<void> fetch_back_all(Site& site, Principal principal, std::vector<RowId> rows, Job& job)
{
    const std::string act = "quarantine restore";
    co_await audit(site, principal, act, fmt::format("{} messages", rows.size()));
    while (!rows.empty()) {
        const auto some = std::min(rows.size(), at_once);
        const auto from = rows.end() - static_cast<std::ptrdiff_t>(some);
        const std::vector<RowId> last(from, rows.end());
        rows.erase(from, rows.end());
        job.changed += co_await site.desk->fetch_back(last, principal.reach);
        job.done += some;
    }
    co_await audit_outcome(site, principal, act, fmt::format("{} changed", job.changed));
}

/// All that a job threw away is held again, by a job.
awaitable<Response> restore_job(Site& site, Principal principal, const std::string& id)
{
    const auto old = site.jobs ? site.jobs->find(principal, id) : nullptr;
    if (!old || old->thrown_away.empty())
        co_return problem(404, "no such job", "nothing that it did can be fetched back");
    if (old->state == Job::State::running)
        co_return problem(409, "not available now", "that job is still at work; wait for its end");
    auto rows = old->thrown_away;
    const auto job = site.jobs->begin(principal, "quarantine restore", rows.size());
    if (!job)
        co_return problem(503, "busy", "as many jobs as may be are running; wait for one");
    old->thrown_away = {};
    net::Loop::current().spawn("job", [](auto& of, auto who, auto all, auto by) -> awaitable<void> {
        co_await Jobs::run(by, fetch_back_all(of, std::move(who), std::move(all), *by));
    }(site, std::move(principal), std::move(rows), job));
    co_return begun(*job);
}

/// What was thrown away lately is held again.
awaitable<Response> restore(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (const auto job = body ? text_member(*body, "job") : std::nullopt)
        co_return co_await restore_job(site, std::move(principal), *job);
    std::set<RowId> named;
    for (const auto& id : body ? text_members(*body, "ids") : std::vector<std::string>{})
        if (const auto row = RowId::parse(id))
            named.insert(*row);
    std::vector<RowId> rows{named.begin(), named.end()};
    std::vector<std::string> names;
    for (const auto& row : rows)
        names.push_back(row.to_string());
    if (rows.empty() || rows.size() > most_named)
        co_return problem(400, "malformed request",
                          "the body wants \"ids\": [\"ID/N\", …] or \"job\": \"j_…\"");
    co_await audit(site, principal, "quarantine restore", names);
    const auto changed = co_await site.desk->fetch_back(rows, principal.reach);
    co_await audit_outcome(site, std::move(principal), "quarantine restore",
                           std::to_string(changed) + " of " + std::to_string(rows.size())
                               + " changed");
    if (changed == 0)
        co_return problem(404, "no such row", "nothing that can be fetched back has this id");
    co_return changed_answer(changed);
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& verbs, std::string_view verb)
{
    return std::ranges::find(verbs, verb) != verbs.end();
}
}

awaitable<Response> get_queue(Site& site, Principal principal, Request request)
{
    return list_rows(site, std::move(principal), std::move(request), RowState::waiting);
}

awaitable<Response> get_quarantine(Site& site, Principal principal, Request request)
{
    return list_rows(site, std::move(principal), std::move(request), RowState::held);
}

awaitable<Response> get_quarantine_count(Site& site, Principal principal, Request request)
{
    const auto held = co_await site.desk->count_held(reach_of(principal, request));
    JsonWriter json;
    json.begin_object().member("held", held).end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_queue_action(Site& site, Principal principal, Request request)
{
    constexpr std::array<std::string_view, 4> verbs{"retry", "hold", "release", "delete"};
    const RowAct act{"queue", request.captures.front()};
    if (!is_one_of(verbs, act.verb))
        co_return problem(404, "no such resource", "retry, hold, release or delete");
    co_return co_await post_act(site, std::move(principal), act, std::move(request),
                                act.verb == "release" ? RowState::held : RowState::waiting);
}

awaitable<Response> post_quarantine_action(Site& site, Principal principal, Request request)
{
    constexpr std::array<std::string_view, 4> verbs{"release", "delete", "spam", "ham"};
    const RowAct act{"quarantine", request.captures.front()};
    if (act.verb == "restore")
        co_return co_await restore(site, std::move(principal), std::move(request));
    if (!is_one_of(verbs, act.verb))
        co_return problem(404, "no such resource", "release, delete, restore, spam or ham");
    co_return co_await post_act(site, std::move(principal), act, std::move(request),
                                RowState::held);
}

awaitable<Response> get_message(Site& site, Principal principal, Request request)
{
    const auto rows = co_await stored_rows(site, principal.reach, request.captures.front());
    if (!rows)
        co_return rows.error();
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& row : *rows)
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
    const auto rows = co_await stored_rows(site, principal.reach, request.captures.front());
    if (!rows)
        co_return rows.error();
    auto place = Downloads::here().begin(principal);
    if (!place)
        co_return too_many_downloads();
    const std::string act = "view body";
    co_await audit(site, principal, act, rows->front().id.to_string());
    mail::Message message;
    co_await audited(site, principal, act, read_body(site, rows->front().id.mail, message));
    co_await audit_outcome(site, std::move(principal), act, "shown");
    co_return download(std::move(place), "message/rfc822", message.text());
}
}
