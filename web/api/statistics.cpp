// SPDX-License-Identifier: Apache-2.0
// What the dashboard shows, out of counters.
#include "storage/statistics.hpp"

#include "web/api/json.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <map>

namespace web {
namespace {
using storage::Count;
using storage::CountQuery;
using storage::Tally;
using storage::WallTime;
constexpr std::size_t actions = 6, most_steps = 2000, most_names = 20;

/// What is asked for.
struct Span {
    WallTime since, until;
    std::chrono::seconds step;
};

std::expected<Span, std::string> span_of(const Request& request, WallTime now, long shortest)
{
    Span span{now - std::chrono::hours{24}, now, std::chrono::seconds{0}};
    for (auto [name, moment] : {std::pair{"since", &span.since}, std::pair{"until", &span.until}})
        if (const auto text = request.text(name); !text.empty()) {
            const auto parsed = parse_moment(text, now);
            if (!parsed)
                return std::unexpected{std::string{name} + ": a date, a time or how long ago"};
            *moment = *parsed;
        }
    const auto text = request.text("step");
    long seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(span.until - span.since);
    if (whole.count() <= 0)
        return std::unexpected{"until lies before since"};
    const auto least = std::max<long>(whole.count() / static_cast<long>(most_steps), shortest);
    // A whole number of the counters' steps.
    span.step = std::chrono::seconds{(std::max(seconds, least) + 299) / 300 * 300};
    return span;
}

/// Where today begins here.
WallTime midnight(WallTime now)
{
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    return std::chrono::system_clock::from_time_t(::mktime(&local));
}

std::size_t action_number(std::string_view name)
{
    const auto action = mail::parse_action(name);
    return action ? static_cast<std::size_t>(*action) : actions;
}

/// The counts of recipients by action; of domains where the reach ends with them.
awaitable<std::vector<Count>> action_counts(Site& site, const Principal& principal, Span span)
{
    CountQuery query{{Tally::action}, span.since, span.until, span.step, {}, 100'000};
    if (principal.reach.is_everything())
        co_return co_await site.statistics->counts(query);
    query.kinds = {Tally::domain_action};
    std::vector<Count> all;
    for (const auto& domain : principal.reach.domains()) {
        query.prefix = domain + " ";
        for (auto& count : co_await site.statistics->counts(query)) {
            count.name.erase(0, query.prefix.size());
            all.push_back(std::move(count));
        }
    }
    co_return all;
}

awaitable<void> write_total(Site& site, const Principal& principal, JsonWriter& json,
                            std::string_view name, WallTime since)
{
    const auto now = site.context->env->wall_now();
    std::array<std::uint64_t, actions + 1> numbers{};
    for (const auto& count : co_await action_counts(site, principal, {since, now, {}}))
        numbers[action_number(count.name)] += count.number;
    json.key(name).begin_object();
    for (std::size_t i = 0; i < actions; ++i)
        json.member(mail::to_string(static_cast<mail::Action>(i)), numbers[i]);
    json.end_object();
}

awaitable<void> write_steps(Site& site, const Principal& principal, JsonWriter& json, Span span)
{
    const auto width = std::chrono::duration_cast<WallTime::duration>(span.step);
    const auto first = span.since.time_since_epoch() / width;
    const auto last = (span.until.time_since_epoch() - WallTime::duration{1}) / width;
    std::array<std::map<std::int64_t, std::uint64_t>, actions + 1> numbers;
    for (const auto& count : co_await action_counts(site, principal, span))
        numbers[action_number(count.name)][count.step.time_since_epoch() / width] += count.number;
    json.key("steps").begin_array();
    for (auto step = first; step <= last; ++step)
        json.time(WallTime{width * step});
    json.end_array().key("actions").begin_object();
    for (std::size_t i = 0; i < actions; ++i) {
        json.key(mail::to_string(static_cast<mail::Action>(i))).begin_array();
        for (auto step = first; step <= last; ++step) {
            const auto found = numbers[i].find(step);
            json.number(found == numbers[i].end() ? 0 : found->second);
        }
        json.end_array();
    }
    json.end_object();
}

/// Names with their numbers, the largest first: {"KEY": name, "count": n, "bad": n}.
void write_names(JsonWriter& json, const std::vector<Count>& counts, std::string_view member,
                 std::string_view key, Tally kind, std::optional<Tally> bad)
{
    std::map<std::string_view, std::uint64_t> worse;
    for (const auto& count : counts)
        if (bad && count.kind == *bad)
            worse[count.name] += count.number;
    json.key(member).begin_array();
    std::size_t written = 0;
    for (const auto& count : counts) {
        if (count.kind != kind || (bad && ++written > most_names))
            continue;
        json.begin_object().member(key, count.name).member("count", count.number);
        if (bad)
            json.member("bad", worse[count.name]);
        json.end_object();
    }
    json.end_array();
}

awaitable<void> write_details(Site& site, JsonWriter& json, Span span)
{
    CountQuery query{
        {Tally::layer, Tally::score, Tally::latency}, span.since, span.until, {}, {}, 1000};
    const auto shapes = co_await site.statistics->counts(query);
    write_names(json, shapes, "layers", "layer", Tally::layer, {});
    write_names(json, shapes, "scores", "from", Tally::score, {});
    write_names(json, shapes, "latency", "ms", Tally::latency, {});
    query.kinds = {Tally::client,           Tally::bad_client,
                   Tally::sender_domain,    Tally::bad_sender_domain,
                   Tally::recipient_domain, Tally::bad_recipient_domain};
    query.limit = 50'000;
    const auto names = co_await site.statistics->counts(query);
    write_names(json, names, "sources", "client", Tally::client, Tally::bad_client);
    write_names(json, names, "senders", "domain", Tally::sender_domain, Tally::bad_sender_domain);
    write_names(json, names, "recipients", "domain", Tally::recipient_domain,
                Tally::bad_recipient_domain);
}
}

awaitable<Response> get_statistics(Site& site, Principal principal, Request request)
{
    const auto now = site.context->env->wall_now();
    // What is counted by domain is counted by the hour.
    const auto span = span_of(request, now, principal.reach.is_everything() ? 300 : 3600);
    if (!span)
        co_return problem(400, "malformed request", span.error());
    JsonWriter json;
    json.begin_object().member("since", span->since).member("until", span->until);
    json.member("step_s", span->step.count());
    co_await write_steps(site, principal, json, *span);
    json.key("totals").begin_object();
    co_await write_total(site, principal, json, "all", WallTime{});
    co_await write_total(site, principal, json, "today", midnight(now));
    co_await write_total(site, principal, json, "hour", now - std::chrono::hours{1});
    json.end_object();
    if (principal.reach.is_everything())
        co_await write_details(site, json, *span);
    json.end_object();
    co_return json_response(json.take());
}
}
