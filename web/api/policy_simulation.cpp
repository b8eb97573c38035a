// SPDX-License-Identifier: Apache-2.0
// What a policy would have done to the mail of the last days, as a job.
#include "filters/classify/classifier.hpp"
#include "filters/policy_document.hpp"
#include "filters/scan/scan.hpp"
#include "storage/desk.hpp"
#include "storage/statistics.hpp"
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/jobs.hpp"
#include "web/api/policy_book.hpp"
#include "web/api/policy_routes.hpp"
#include "web/api/simulation.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cmath>

namespace web {
namespace {
using Cases = std::vector<Simulation::Case>;
constexpr std::size_t slice = 500; ///< rows
constexpr std::size_t most_rescans = 2000;
constexpr std::size_t full_findings = 7000; ///< octets of a row's facts where some may be cut off
constexpr int most_days = 90, usual_days = 7;

struct Order {
    std::shared_ptr<Simulation> simulation;
    storage::HistoryQuery query;
    bool rescans_all = false;
};

/// The octets are kept perhaps, and would tell more than the row.
bool wants_rescan(const Order& order, const Simulation::Case& one)
{
    return one.mail && one.row->action == mail::Action::quarantine
        && one.mail->moment() == filters::Moment::message
        && (order.rescans_all || one.row->findings.size() > full_findings);
}

/// One held body after the other, so that mail always finds a worker.
awaitable<void> rescan(Site& site, const Job& job, const Order& order, Cases& cases,
                       std::size_t& left)
{
    for (auto& one : cases) {
        if (left == 0 || job.is_cancelled)
            co_return;
        if (!wants_rescan(order, one))
            continue;
        --left;
        try {
            const auto message = co_await site.context->store->message(one.row->id.mail);
            const auto scanned = co_await filters::scan(message, {}, *site.context->services,
                                                        {.hop = filters::hop_of(one.mail->mail())});
            one.mail->take_fresh(scanned.findings);
            order.simulation->count_rescan();
        } catch (const std::exception& error) {
            spdlog::debug("simulation: {} is not looked at anew: {}", one.row->id.mail.to_string(),
                          error.what());
        }
    }
}

awaitable<void> judge_slice(Site& site, const Job& job, const Order& order,
                            const std::vector<storage::HistoryRow>& rows, std::size_t& rescans_left)
{
    auto& pool = *site.context->pool;
    const auto snapshot = site.context->snapshot();
    auto cases = co_await pool.run([&rows, &snapshot] {
        Cases made;
        for (const auto& row : rows)
            made.push_back({&row, StoredMail::of(row, snapshot->settings)});
        return made;
    });
    if (site.context->services->scanner)
        co_await rescan(site, job, order, cases, rescans_left);
    auto asked = co_await pool.run([&order, &cases] { return order.simulation->look_at(cases); });
    if (auto* classifier = site.context->services->classifier; classifier && !asked.empty())
        order.simulation->take_opinions(co_await classifier->are_wanted(std::move(asked)));
}

/// As long as a slice took others have the processor.
awaitable<void> pause(net::Env& env, std::chrono::steady_clock::time_point begun)
{
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(env.now() - begun);
    if (took.count() > 0)
        co_await net::sleep(std::min(took, std::chrono::milliseconds{500}));
    else
        co_await net::yield();
}

awaitable<void> simulate(Site& site, std::shared_ptr<Job> job, Order order)
{
    auto& env = *site.context->env;
    std::size_t rescans_left = most_rescans;
    co_await site.context->history->settle();
    for (bool is_more = true; is_more && !job->is_cancelled && !site.context->is_draining;) {
        const auto begun = env.now();
        const auto rows = co_await site.desk->history(order.query, storage::Reach::everything());
        is_more = rows.size() == order.query.limit;
        if (is_more)
            order.query.after = rows.back().id;
        co_await judge_slice(site, *job, order, rows, rescans_left);
        job->done += rows.size();
        job->result
            = co_await site.context->pool->run([&order] { return order.simulation->json(); });
        co_await pause(env, begun);
    }
}

/// How many rows there are, roughly: what is counted beside history.
awaitable<std::size_t> rows_since(Site& site, storage::WallTime since, std::string domain)
{
    if (!site.statistics)
        co_return 0;
    storage::CountQuery query;
    query.kinds = {domain.empty() ? storage::Tally::action : storage::Tally::domain_action};
    query.since = since;
    query.until = site.context->env->wall_now();
    query.step = std::chrono::seconds{0};
    query.prefix = domain.empty() ? "" : domain + " ";
    std::size_t rows = 0;
    for (const auto& count : co_await site.statistics->counts(query))
        rows += count.number;
    co_return rows;
}
}

awaitable<Response> post_policy_simulation(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    const auto document = body ? text_member(*body, "document") : std::nullopt;
    if (!document || document->size() > PolicyBook::largest)
        co_return problem(400, "malformed request",
                          "the body wants \"document\": the policy as YAML, at most 256 KiB");
    const auto days
        = member_of(*body, "days").is_null() ? double{usual_days} : number_member(*body, "days");
    const auto name = text_member(*body, "domain").value_or("");
    const auto domain = mail::Domain::parse(name);
    if (!(days >= 1 && days <= most_days) || (!name.empty() && !domain))
        co_return problem(400, "malformed request",
                          "\"days\" is 1 to 90, \"domain\" a domain or missing");
    auto policy = co_await site.context->pool->run(
        [&document] { return filters::parse_policy(*document, "the document"); });
    if (!policy)
        co_return complaining("the policy is wrong", policy.error());
    const auto since = site.context->env->wall_now() - std::chrono::hours{std::lround(days * 24)};
    const auto ascii = name.empty() ? std::string{} : domain->ascii();
    const auto total = co_await rows_since(site, since, ascii);
    co_await audit(site, principal, "policy simulate",
                   fmt::format("{} days{}{}", days, ascii.empty() ? "" : " of ", ascii));
    const auto job = site.jobs ? site.jobs->begin(principal, "policy simulate", total) : nullptr;
    if (!job)
        co_return problem(503, "busy", "as many jobs as may be are running; wait for one");
    job->is_cancellable = true;
    Order order;
    const auto snapshot = site.context->snapshot();
    order.simulation = std::make_shared<Simulation>(*site.context, snapshot,
                                                    with_policy(*snapshot, std::move(*policy)));
    order.query.since = since;
    order.query.recipient_domain = ascii;
    order.query.limit = slice;
    order.rescans_all = is_member_true(*body, "rescan");
    job->result = order.simulation->json();
    net::Loop::current().spawn("simulation", Jobs::run(job, simulate(site, job, std::move(order))));
    JsonWriter json;
    json.begin_object().member("job", job->id).member("total", total).end_object();
    co_return json_response(json.take(), 202);
}
}
