// SPDX-License-Identifier: Apache-2.0
// Rules that are tried before they are in force: on a message, or on the mail of the last days.
#include "filters/scan/head_trial.hpp"
#include "filters/scan/scan.hpp"
#include "gateway/mail/line_ends.hpp"
#include "storage/desk.hpp"
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/jobs.hpp"
#include "web/api/policy_routes.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

namespace web {
namespace {
using filters::TrialRules;
constexpr std::size_t largest_message = 1U << 20;
constexpr std::size_t most_bodies = 500, most_rows = 50'000, slice = 500, most_examples = 10;
constexpr int most_days = 90, usual_days = 7;

/// What became of each test.
struct Tally {
    filters::TrialTest test;
    std::size_t hits = 0, history_hits = 0, gave_up = 0;
    std::uint64_t nanoseconds = 0;
    std::vector<std::string> examples;
};

struct Trial {
    std::shared_ptr<const TrialRules> rules;
    filters::TrialBook book;
    std::vector<Tally> tallies;
    std::unordered_map<std::string_view, Tally*> by_name; ///< they stay where they are
    std::size_t bodies = 0, rows = 0;
    std::size_t unscannable = 0; ///< bodies of which nothing can be said

    Tally* tally_of(std::string_view name)
    {
        const auto found = by_name.find(name);
        return found == by_name.end() ? nullptr : found->second;
    }
    void prepare()
    {
        for (const auto& test : book.tests)
            tallies.push_back({.test = test, .examples = {}});
        for (auto& tally : tallies)
            by_name.emplace(tally.test.name, &tally);
    }
    void add(const filters::Scanned& scanned, const std::string& id);
    std::string json() const;
};

void add_example(std::vector<std::string>& examples, const std::string& id)
{
    if (examples.size() < most_examples && std::ranges::find(examples, id) == examples.end())
        examples.push_back(id);
}

/// Why nothing can be said of a message; nullptr: it was read.
const mail::Finding* obstacle_in(const filters::Scanned& scanned)
{
    const auto found
        = std::ranges::find(scanned.findings, "content.unscannable", &mail::Finding::name);
    return found == scanned.findings.end() ? nullptr : &*found;
}

/// A worker is not trusted: what names no test counts nowhere.
void Trial::add(const filters::Scanned& scanned, const std::string& id)
{
    ++bodies;
    if (obstacle_in(scanned) != nullptr)
        ++unscannable;
    for (const auto& finding : scanned.findings)
        if (auto* tally = tally_of(finding.detail)) {
            if (finding.name.ends_with(".gave_up")) {
                ++tally->gave_up;
                continue;
            }
            ++tally->hits;
            add_example(tally->examples, id);
        }
    for (const auto& cost : scanned.costs)
        if (auto* tally = tally_of(cost.name))
            tally->nanoseconds += cost.nanoseconds;
}

double microseconds(std::uint64_t nanoseconds, std::size_t count)
{
    constexpr double nano = 1000;
    return std::round(static_cast<double>(nanoseconds) / nano
                      / static_cast<double>(std::max<std::size_t>(count, 1)) * 10)
        / 10;
}

std::string Trial::json() const
{
    JsonWriter json;
    json.begin_object();
    write_complaints(json, book.complaints);
    json.key("looked_at").begin_object().member("bodies", bodies).member("history", rows);
    json.member("unscannable", unscannable).end_object().key("undecided").begin_array();
    for (const auto& tally : tallies)
        if (!tally.test.is_of_head)
            json.text(tally.test.name);
    json.end_array().key("tests").begin_array();
    for (const auto& tally : tallies) {
        json.begin_object().member("name", tally.test.name).member("score", tally.test.score);
        json.member("effect", tally.test.effect).member("hits", tally.hits);
        json.key("history_hits");
        tally.test.is_of_head ? json.number(tally.history_hits) : json.null();
        json.member("gave_up", tally.gave_up);
        json.member("microseconds", microseconds(tally.nanoseconds, bodies));
        json.key("examples").begin_array();
        for (const auto& id : tally.examples)
            json.text(id);
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return json.take();
}

/// What is known so far, once a second: it is long where there are many rules.
awaitable<void> show(Site& site, Job& job, const Trial& trial, net::Env::Steady& shown)
{
    const auto now = site.context->env->now();
    if (!job.result.empty() && now - shown < std::chrono::seconds{1})
        co_return;
    shown = now;
    job.result = co_await site.context->pool->run([&trial] { return trial.json(); });
}

/// Held mails, newest first, each once.
awaitable<void> try_bodies(Site& site, Job& job, Trial& trial, storage::WallTime since)
{
    storage::RowQuery query;
    query.state = storage::RowState::held;
    query.limit = most_bodies;
    std::set<mail::MailId> seen;
    net::Env::Steady shown{};
    for (const auto& row : co_await site.desk->rows(query, storage::Reach::everything())) {
        if (job.is_cancelled)
            co_return;
        ++job.done;
        if (row.received_at < since || !seen.insert(row.id.mail).second)
            continue;
        try {
            const auto message = co_await site.context->store->message(row.id.mail);
            trial.add(co_await filters::try_rules(message, trial.rules, *site.context->services),
                      row.id.to_string());
            co_await show(site, job, trial, shown);
        } catch (const std::exception& error) {
            spdlog::debug("rules on trial: {}: {}", row.id.to_string(), error.what());
        }
    }
}

void try_rows(Trial& trial, const filters::HeadTrial& head,
              const std::vector<storage::HistoryRow>& rows)
{
    for (const auto& row : rows) {
        if (row.stage != "data")
            continue;
        ++trial.rows;
        for (const auto& name : head.hits(row.from, row.subject, row.message_id))
            if (auto* tally = trial.tally_of(name)) {
                ++tally->history_hits;
                add_example(tally->examples, row.id.to_string());
            }
    }
}

awaitable<void> try_history(Site& site, Job& job, Trial& trial, storage::WallTime since)
{
    auto& pool = *site.context->pool;
    auto& env = *site.context->env;
    const auto head = co_await pool.run(
        [&trial] { return std::make_shared<const filters::HeadTrial>(*trial.rules); });
    if (head->is_empty())
        co_return;
    storage::HistoryQuery query;
    query.since = since;
    query.limit = slice;
    co_await site.context->history->settle();
    net::Env::Steady shown{};
    for (bool is_more = true; is_more && !job.is_cancelled && trial.rows < most_rows;) {
        const auto begun = env.now();
        const auto rows = co_await site.desk->history(query, storage::Reach::everything());
        is_more = rows.size() == slice;
        if (is_more)
            query.after = rows.back().id;
        co_await pool.run([&] { try_rows(trial, *head, rows); });
        job.done += rows.size();
        co_await show(site, job, trial, shown);
        // As long as a slice took others have the processor.
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(env.now() - begun);
        if (took.count() > 0)
            co_await net::sleep(std::min(took, std::chrono::milliseconds{500}));
    }
}

awaitable<void> run_trial(Site& site, std::shared_ptr<Job> job, std::shared_ptr<Trial> trial,
                          storage::WallTime since)
{
    co_await try_bodies(site, *job, *trial, since);
    co_await try_history(site, *job, *trial, since);
    job->result = co_await site.context->pool->run([&trial] { return trial->json(); });
}

/// One message that somebody pasted: the answer at once.
awaitable<Response> try_message(Site& site, std::shared_ptr<Trial> trial, std::string text)
{
    const auto message = mail::Message::from_text(mail::with_crlf(text));
    const auto scanned
        = co_await filters::try_rules(message, trial->rules, *site.context->services);
    if (const auto* obstacle = obstacle_in(scanned))
        co_return problem(422, "not scannable", obstacle->detail);
    double score = 0;
    JsonWriter json;
    json.begin_object();
    write_complaints(json, trial->book.complaints);
    json.key("hits").begin_array();
    for (const auto& finding : scanned.findings) {
        const auto* tally = trial->tally_of(finding.detail);
        if (tally == nullptr)
            continue;
        const bool has_given_up = finding.name.ends_with(".gave_up");
        std::uint64_t nanoseconds = 0;
        for (const auto& cost : scanned.costs)
            if (cost.name == finding.detail)
                nanoseconds = cost.nanoseconds;
        score += has_given_up ? 0 : tally->test.score;
        json.begin_object().member("name", tally->test.name);
        json.member("score", has_given_up ? 0 : tally->test.score);
        json.member("effect", has_given_up ? std::string{"gave up"} : tally->test.effect);
        json.member("detail", finding.detail);
        json.member("microseconds", microseconds(nanoseconds, 1)).end_object();
    }
    json.end_array().member("score", score).end_object();
    co_return json_response(json.take());
}

/// The error is an answer.
std::expected<std::shared_ptr<const TrialRules>, Response> rules_in(const boost::json::value& body)
{
    const auto kind = text_member(body, "kind").value_or("");
    auto text = text_member(body, "text");
    if ((kind != "words" && kind != "spamassassin") || !text)
        return std::unexpected{
            problem(400, "malformed request",
                    "the body wants \"kind\": words or spamassassin, and \"text\": the rules")};
    if (text->size() > TrialRules::largest)
        return std::unexpected{problem(413, "too large", "at most 64 KiB of rules are tried")};
    return std::make_shared<const TrialRules>(
        TrialRules{kind == "words" ? TrialRules::Kind::words : TrialRules::Kind::spamassassin,
                   std::move(*text)});
}
}

awaitable<Response> post_rule_trial(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    const auto rules = rules_in(*body);
    if (!rules)
        co_return rules.error();
    const auto days
        = member_of(*body, "days").is_null() ? double{usual_days} : number_member(*body, "days");
    if (!(days > 0 && days <= most_days))
        co_return problem(400, "malformed request", "\"days\" is a number up to 90");
    auto pasted = text_member(*body, "message");
    if (pasted && pasted->size() > largest_message)
        co_return problem(413, "too large", "a message to try rules on has at most 1 MiB");
    auto trial = std::make_shared<Trial>();
    trial->rules = *rules;
    trial->book
        = co_await site.context->pool->run([&trial] { return filters::read_trial(*trial->rules); });
    if (trial->book.tests.empty())
        co_return complaining("no rule can be tried", trial->book.complaints);
    trial->prepare();
    if (pasted)
        co_return co_await try_message(site, trial, std::move(*pasted));
    co_await audit(site, principal, "rules trial",
                   fmt::format("{} rules, {} days", trial->tallies.size(), days));
    const auto job = site.jobs ? site.jobs->begin(principal, "rules trial", 0) : nullptr;
    if (!job)
        co_return problem(503, "busy", "as many jobs as may be are running; wait for one");
    job->is_cancellable = true;
    const auto since = site.context->env->wall_now() - std::chrono::hours{std::lround(days * 24)};
    net::Loop::current().spawn("rules trial", Jobs::run(job, run_trial(site, job, trial, since)));
    JsonWriter json;
    json.begin_object().member("job", job->id).member("total", 0).end_object();
    co_return json_response(json.take(), 202);
}
}
