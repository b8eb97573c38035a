// SPDX-License-Identifier: Apache-2.0
#include "web/api/report.hpp"

#include "web/api/health.hpp"

#include <algorithm>
#include <map>

namespace web {
namespace {
using storage::Count;
using storage::CountQuery;
using storage::Tally;
constexpr std::size_t most_lines = 10;

CountQuery query_of(Tally kind, WallTime since, WallTime until)
{
    return {.kinds = {kind}, .since = since, .until = until, .step = std::chrono::seconds{0}};
}

awaitable<Report::Actions> actions_of(Site& site, WallTime since, WallTime until)
{
    Report::Actions actions{};
    for (const auto& count :
         co_await site.statistics->counts(query_of(Tally::action, since, until)))
        if (const auto action = mail::parse_action(count.name))
            actions[static_cast<std::size_t>(*action)] += count.number;
    co_return actions;
}

/// The largest of a kind, with what they were in the period before.
awaitable<std::vector<Report::Line>> lines_of(Site& site, Tally kind, const Report& report)
{
    const auto length = report.until - report.since;
    auto now = query_of(kind, report.since, report.until);
    now.limit = most_lines;
    auto before = query_of(kind, report.since - length, report.since);
    std::map<std::string, std::uint64_t> old;
    for (auto& count : co_await site.statistics->counts(std::move(before)))
        old[count.name] += count.number;
    std::vector<Report::Line> lines;
    for (auto& count : co_await site.statistics->counts(std::move(now)))
        lines.push_back({count.name, count.number, old[count.name]});
    co_return lines;
}

awaitable<std::vector<std::string>> feeds_of(Site& site)
{
    std::vector<std::string> lines;
    if (!site.feeds)
        co_return lines;
    const auto reports
        = co_await site.context->pool->run([feeds = site.feeds] { return feeds->reports(); });
    for (const auto& feed : reports)
        lines.push_back(feed.name + ": "
                        + (feed.problem.empty() ? std::to_string(feed.serial) : feed.problem));
    co_return lines;
}
}

awaitable<Report> gather_report(Site& site, std::chrono::seconds length)
{
    Report report;
    report.hostname = site.context->snapshot()->settings.hostname;
    report.web_url = site.web_url;
    report.until = site.context->env->wall_now();
    report.since = report.until - length;
    report.actions = co_await actions_of(site, report.since, report.until);
    report.actions_before = co_await actions_of(site, report.since - length, report.since);
    report.layers = co_await lines_of(site, Tally::layer, report);
    report.reasons = co_await lines_of(site, Tally::reason, report);
    report.sources = co_await lines_of(site, Tally::bad_client, report);
    report.sender_domains = co_await lines_of(site, Tally::bad_sender_domain, report);
    report.feeds = co_await feeds_of(site);
    const auto health = co_await look_at_health(site);
    report.usage = health.usage;
    report.conditions = health.conditions;
    co_return report;
}
}
