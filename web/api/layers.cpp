// SPDX-License-Identifier: Apache-2.0
// Each layer: what it finds, what it stopped, and what it costs.
#include "filters/layer_counts.hpp"
#include "filters/rules/rule_counters.hpp"
#include "storage/statistics.hpp"
#include "web/api/json.hpp"
#include "web/api/site_routes.hpp"

#include <algorithm>
#include <map>

namespace web {
namespace {
using storage::Tally;

void write_number(JsonWriter& json, std::string_view name, std::optional<double> value)
{
    json.key(name);
    value ? json.real(*value) : json.null();
}

void write_counts(JsonWriter& json, const filters::LayerCounts::Report& counts)
{
    json.member("found", counts.found).member("errors", counts.errors);
    write_number(json, "ms_p50", counts.p50_ms);
    write_number(json, "ms_p95", counts.p95_ms);
}

void write_type(JsonWriter& json, const filters::LayerType& type)
{
    json.member("name", type.name).member("summary", type.summary);
    json.member("listener_layer", type.is_listener_layer);
    json.member("content_layer", type.make_content != nullptr);
    json.member("settings", type.settings).key("facts").begin_array();
    for (const auto& finding : type.findings)
        json.begin_object()
            .member("name", finding.name)
            .member("english", finding.english)
            .member("japanese", finding.japanese)
            .member("overriding", finding.is_overriding)
            .end_object();
    json.end_array();
}

/// What tests of rules took in the workers, in the mean of the messages that were measured.
std::optional<double> rules_ms(Site& site)
{
    const auto table = filters::RuleCounters::of(*site.context->services)->table();
    if (table.measured == 0)
        return {};
    double nanoseconds = 0;
    for (const auto& row : table.rows)
        nanoseconds += static_cast<double>(row.nanoseconds);
    return nanoseconds / static_cast<double>(table.measured) / 1e6;
}

awaitable<std::map<std::string, std::uint64_t>> stopped_by(Site& site, storage::WallTime since,
                                                           storage::WallTime until)
{
    std::map<std::string, std::uint64_t> numbers;
    for (const auto& count :
         co_await site.statistics->counts({{Tally::layer}, since, until, {}, {}, 1000}))
        numbers[count.name] += count.number;
    co_return numbers;
}
}

awaitable<Response> get_layers(Site& site, Principal, Request request)
{
    const auto now = site.context->env->wall_now();
    auto since = now - std::chrono::hours{24};
    if (const auto text = request.text("since"); !text.empty()) {
        const auto parsed = parse_moment(text, now);
        if (!parsed)
            co_return problem(400, "malformed request", "since: a date, a time or how long ago");
        since = *parsed;
    }
    auto stopped = co_await stopped_by(site, since, now);
    const auto snapshot = site.context->snapshot();
    const auto& on = snapshot->policy.layers;
    JsonWriter json;
    json.begin_object().member("since", since).member("counted_since", site.started_at);
    json.member("messages", site.context->metrics.messages.load());
    json.member("points", stopped["points"]).key("scan").begin_object();
    write_counts(json, filters::LayerCounts::of_scan().report());
    json.end_object().key("layers").begin_array();
    for (const auto* type : filters::layer_types()) {
        const std::string name{type->name};
        json.begin_object();
        write_type(json, *type);
        json.member("on", type->is_listener_layer || std::ranges::find(on, name) != on.end());
        json.member("stopped", stopped[name]);
        write_counts(json, filters::LayerCounts::of(*type).report());
        json.key("in_scan");
        if (type->make_content) {
            json.begin_object();
            write_counts(json, filters::LayerCounts::of_content(type->name).report());
            json.end_object();
        } else
            json.null();
        write_number(json, "ms_mean", name == "rules" ? rules_ms(site) : std::nullopt);
        json.end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}
}
