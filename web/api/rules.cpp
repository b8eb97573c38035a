// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_files.hpp"
#include "filters/rules/rule_counters.hpp"
#include "filters/rules/rule_list.hpp"
#include "gateway/mail/ascii.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>

namespace web {
namespace {
using filters::ListedRule;
using filters::RuleCounters;
using List = std::vector<ListedRule>;

/// The list of a configuration is made once.
struct KeptList {
    std::mutex mutex;
    std::shared_ptr<const smtp::Snapshot> of;
    std::shared_ptr<const List> list;
};

std::shared_ptr<const List> list_of(const std::string& data,
                                    const std::map<std::string, filters::Yaml, std::less<>>& layers,
                                    const std::shared_ptr<const smtp::Snapshot>& snapshot)
{
    static KeptList kept;
    const std::lock_guard lock{kept.mutex};
    if (kept.of != snapshot) {
        filters::Services services; // of our own: those in service may be in use by a reload
        filters::feeds::set_data_directory(services, data);
        kept.list = std::make_shared<const List>(filters::list_rules(layers, services));
        kept.of = snapshot;
    }
    return kept.list;
}

/// A rule with what it did; what is counted and listed no more (a lie of a worker, rules of before)
/// has a name alone.
struct Line {
    ListedRule rule;
    RuleCounters::Row counted;
};

std::vector<Line> lines_of(const List& list, const RuleCounters::Table& table)
{
    std::map<std::pair<bool, std::string_view>, const RuleCounters::Row*> rows;
    for (const auto& row : table.rows)
        rows[{row.is_words, row.name}] = &row;
    std::vector<Line> lines;
    for (const auto& rule : list) {
        const auto found = rows.find({rule.layer == "words", rule.name});
        lines.push_back({rule, found == rows.end() ? RuleCounters::Row{} : *found->second});
        if (found != rows.end())
            rows.erase(found);
    }
    for (const auto& [key, row] : rows)
        lines.push_back({{.name = row->name,
                          .layer = key.first ? "words" : "rules",
                          .source = {},
                          .kind = {},
                          .describe = {},
                          .japanese = {}},
                         *row});
    std::ranges::sort(lines, [](const Line& one, const Line& other) {
        return std::tuple{other.counted.nanoseconds, other.counted.hits,
                          std::string_view{one.rule.name}}
        < std::tuple{one.counted.nanoseconds, one.counted.hits, std::string_view{other.rule.name}};
    });
    return lines;
}

bool contains(std::string_view text, std::string_view part)
{
    return !std::ranges::search(text, part, {}, mail::to_lower, mail::to_lower).empty()
        || part.empty();
}

bool fits(const Line& line, const Request& request)
{
    const auto text = request.text("text"), layer = request.text("layer");
    return (layer.empty() || line.rule.layer == layer)
        && (contains(line.rule.name, text) || contains(line.rule.describe, text)
            || contains(line.rule.japanese, text) || contains(line.rule.source, text));
}

void write(JsonWriter& json, const Line& line)
{
    const auto& [rule, counted] = line;
    json.begin_object().member("name", rule.name).member("layer", rule.layer);
    json.member("source", rule.source).member("kind", rule.kind).member("score", rule.score);
    json.member("describe", rule.describe).member("japanese", rule.japanese);
    json.member("hits", counted.hits).member("gave_up", counted.gave_up);
    json.member("runs", counted.runs).member("nanoseconds", counted.nanoseconds).end_object();
}

std::size_t number_of(const std::string& text)
{
    std::size_t number = 0;
    for (const char c : text)
        number = c >= '0' && c <= '9' && number < 1'000'000
            ? number * 10 + static_cast<std::size_t>(c - '0')
            : number;
    return number;
}
}

awaitable<Response> get_rules(Site& site, Principal, Request request)
{
    auto& services = *site.context->services;
    const auto table = RuleCounters::of(services)->table();
    const auto layers = site.layer_settings ? site.layer_settings()
                                            : std::map<std::string, filters::Yaml, std::less<>>{};
    auto lines = co_await site.context->pool->run([&, snapshot = site.context->snapshot()] {
        return lines_of(*list_of(site.context->data_directory, layers, snapshot), table);
    });
    std::erase_if(lines, [&](const Line& line) { return !fits(line, request); });
    const bool is_paged = !request.text("limit").empty();
    const auto begin = std::min(number_of(request.text("after")), lines.size());
    const auto end = is_paged ? std::min(begin + request.limit(), lines.size()) : lines.size();
    JsonWriter json;
    json.begin_object().member("messages", table.messages).member("measured", table.measured);
    json.key("tests").begin_array();
    for (auto i = begin; i < end; ++i)
        write(json, lines[i]);
    json.end_array().member("in_all", lines.size()).key("next");
    end < lines.size() ? json.text(std::to_string(end)) : json.null();
    json.end_object();
    co_return json_response(json.take());
}
}
