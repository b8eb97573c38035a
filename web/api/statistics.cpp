// SPDX-License-Identifier: Apache-2.0
// What the dashboard shows, out of counters.
#include "storage/statistics.hpp"

#include "web/api/json.hpp"
#include "web/api/moments.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
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

/// Which step of the time line a moment lies in.
std::int64_t place_of(WallTime time, const Span& span)
{
    return time.time_since_epoch() / std::chrono::duration_cast<WallTime::duration>(span.step);
}
std::int64_t first_place(const Span& span) { return place_of(span.since, span); }
std::int64_t last_place(const Span& span)
{
    return place_of(span.until - WallTime::duration{1}, span);
}

/// Of times counted by their upper bounds in milliseconds ("10", "20", … "more"): evenly spread in
/// between.
std::optional<double> quantile_of(const std::map<std::string, std::uint64_t>& counts, double part)
{
    constexpr double longest = 60'000;
    std::map<double, double> by_bound;
    double all = 0;
    for (const auto& [name, number] : counts) {
        double bound = longest;
        std::from_chars(name.data(), name.data() + name.size(), bound);
        by_bound[bound] += static_cast<double>(number);
        all += static_cast<double>(number);
    }
    double left = part * all;
    for (const auto& [bound, number] : by_bound) {
        if (left <= number && number > 0) {
            // The bound before this one in the table of bounds, not in what was counted.
            constexpr std::array bounds{0., 10., 20., 50., 100., 200., 500., 1000., 5000., 30000.};
            const double low = *std::prev(std::ranges::lower_bound(bounds, bound));
            return low + (bound - low) * left / number;
        }
        left -= number;
    }
    return {};
}

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
    const auto first = first_place(span), last = last_place(span);
    std::array<std::map<std::int64_t, std::uint64_t>, actions + 1> numbers;
    for (const auto& count : co_await action_counts(site, principal, span))
        numbers[action_number(count.name)][place_of(count.step, span)] += count.number;
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

/// Numbers of one kind by step and name.
awaitable<std::map<std::int64_t, std::map<std::string, std::uint64_t>>>
numbers_by_step(Site& site, Tally kind, Span span)
{
    std::map<std::int64_t, std::map<std::string, std::uint64_t>> numbers;
    for (auto& count :
         co_await site.statistics->counts({{kind}, span.since, span.until, span.step, {}, 100'000}))
        numbers[place_of(count.step, span)][std::move(count.name)] += count.number;
    co_return numbers;
}

/// {"p50": […], "p95": […]} in milliseconds; null where there was no message.
awaitable<void> write_latency_steps(Site& site, JsonWriter& json, Span span)
{
    const auto numbers = co_await numbers_by_step(site, Tally::latency, span);
    json.key("latency_steps").begin_object();
    for (const auto& [name, part] : {std::pair{"p50", 0.5}, std::pair{"p95", 0.95}}) {
        json.key(name).begin_array();
        for (auto step = first_place(span); step <= last_place(span); ++step) {
            const auto found = numbers.find(step);
            const auto value
                = found == numbers.end() ? std::nullopt : quantile_of(found->second, part);
            value ? json.real(*value) : json.null();
        }
        json.end_array();
    }
    json.end_object();
}

/// How much waited and was held at most; null where nobody looked.
awaitable<void> write_levels(Site& site, JsonWriter& json, Span span)
{
    const auto numbers = co_await numbers_by_step(site, Tally::level, span);
    json.key("queue").begin_object();
    for (const auto* name : {"waiting", "held"}) {
        json.key(name).begin_array();
        for (auto step = first_place(span); step <= last_place(span); ++step) {
            const auto at = numbers.find(step);
            const bool is_known = at != numbers.end() && at->second.contains(name);
            is_known ? json.number(at->second.at(name)) : json.null();
        }
        json.end_array();
    }
    json.end_object();
}

awaitable<void> write_details(Site& site, JsonWriter& json, Span span)
{
    co_await write_latency_steps(site, json, span);
    co_await write_levels(site, json, span);
    CountQuery query{{Tally::layer, Tally::score, Tally::latency, Tally::reason},
                     span.since,
                     span.until,
                     {},
                     {},
                     1000};
    const auto shapes = co_await site.statistics->counts(query);
    write_names(json, shapes, "layers", "layer", Tally::layer, {});
    write_names(json, shapes, "reasons", "reason", Tally::reason, {});
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
