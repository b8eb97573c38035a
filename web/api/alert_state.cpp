// SPDX-License-Identifier: Apache-2.0
#include "web/api/alert_state.hpp"

#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <algorithm>

namespace web {
namespace {
constexpr unsigned most_doublings = 4;
constexpr std::chrono::hours memory{24};

const smtp::ConditionKind* kind_of(std::string_view name)
{
    const auto kinds = smtp::condition_kinds();
    const auto found = std::ranges::find(kinds, name, &smtp::ConditionKind::name);
    return found == kinds.end() ? nullptr : &*found;
}

std::int64_t stored(WallTime time)
{
    return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

WallTime moment(const boost::json::value& entry, std::string_view name)
{
    constexpr double latest = 4e12; // in the year 2096
    const auto milliseconds
        = static_cast<std::int64_t>(std::clamp(number_member(entry, name), 0.0, latest));
    return WallTime{std::chrono::milliseconds{milliseconds}};
}
}

std::string_view to_string(Change::What what)
{
    switch (what) {
    case Change::What::bad:
        return "bad";
    case Change::What::well:
        return "well";
    case Change::What::reminder:
        return "reminder";
    case Change::What::event:
        break;
    }
    return "event";
}

void AlertState::see(const smtp::Condition& condition, WallTime now)
{
    const auto key = condition.key();
    auto found = entries_.find(key);
    if (found == entries_.end()) {
        if (entries_.size() >= most)
            return;
        found = entries_.emplace(key, Entry{.condition = condition, .first = now}).first;
    }
    auto& entry = found->second;
    if (entry.first == WallTime{})
        entry.first = now;
    entry.latest = condition.detail;
    entry.last = now;
}

std::vector<Change> AlertState::step(const std::vector<smtp::Condition>& bad, WallTime now,
                                     const AlertSettings& settings)
{
    for (const auto& condition : bad)
        if (condition.kind->severity != smtp::Severity::notice)
            see(condition, now);
    std::vector<Change> changes;
    for (auto at = entries_.begin(); at != entries_.end();) {
        auto& entry = at->second;
        const bool is_told = entry.told != WallTime{}, is_bad = entry.last == now;
        const auto needed = settings.well_after * (1U << std::min(entry.times, most_doublings)) / 2;
        if (is_bad && !is_told && now - entry.first >= settings.after) {
            entry.told = now;
            entry.condition.detail = entry.latest;
            ++entry.times;
            changes.push_back({Change::What::bad, entry.condition, entry.first});
        } else if (is_bad && is_told && now - entry.told >= settings.remind) {
            entry.told = now;
            entry.condition.detail = entry.latest;
            changes.push_back({Change::What::reminder, entry.condition, entry.first});
        } else if (!is_bad && is_told && now - entry.last >= needed) {
            changes.push_back({Change::What::well, entry.condition, entry.first});
            entry.over = now;
            entry.told = entry.first = {};
        } else if (!is_bad && !is_told && now - entry.last >= settings.after) {
            entry.first = {}; // it did not last
        }
        const bool is_forgotten = entry.first == WallTime{} && now - entry.over >= memory;
        at = is_forgotten ? entries_.erase(at) : std::next(at);
    }
    return changes;
}

std::vector<Change> AlertState::standing() const
{
    std::vector<Change> all;
    for (const auto& [key, entry] : entries_)
        if (entry.told != WallTime{})
            all.push_back({Change::What::bad, entry.condition, entry.first});
    return all;
}

WallTime AlertState::since(const smtp::Condition& condition) const
{
    const auto found = entries_.find(condition.key());
    return found == entries_.end() ? WallTime{} : found->second.first;
}

std::string AlertState::text() const
{
    JsonWriter json;
    json.begin_array();
    for (const auto& [key, entry] : entries_) {
        json.begin_object().member("name", entry.condition.kind->name);
        json.member("object", entry.condition.object).member("detail", entry.condition.detail);
        json.member("first", stored(entry.first));
        json.member("told", stored(entry.told)).member("over", stored(entry.over));
        json.member("times", entry.times).end_object();
    }
    return json.end_array().take();
}

AlertState AlertState::parse(std::string_view text, WallTime now)
{
    AlertState state;
    const auto document = parse_json(text);
    if (!document || !document->is_array())
        return state;
    for (const auto& item : document->as_array()) {
        const auto* kind = kind_of(text_member(item, "name").value_or(""));
        if (!kind || state.entries_.size() >= most)
            continue;
        Entry entry{.condition = {kind, text_member(item, "object").value_or(""),
                                  text_member(item, "detail").value_or("")},
                    .first = moment(item, "first"),
                    .last = now,
                    .told = moment(item, "told"),
                    .over = moment(item, "over"),
                    .times
                    = static_cast<unsigned>(std::clamp(number_member(item, "times"), 0.0, 1000.0))};
        state.entries_.emplace(entry.condition.key(), std::move(entry));
    }
    return state;
}
}
