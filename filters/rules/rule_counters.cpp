// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/rule_counters.hpp"

#include "filters/rules/words.hpp"

#include <algorithm>
#include <tuple>

namespace filters {
std::shared_ptr<RuleCounters> RuleCounters::of(Services& services)
{
    auto& kept = services.kept("rules.counters");
    static std::mutex making;
    const std::lock_guard lock{making};
    if (!kept)
        kept = std::make_shared<RuleCounters>();
    return std::static_pointer_cast<RuleCounters>(kept);
}

bool RuleCounters::is_turn()
{
    const std::lock_guard lock{mutex_};
    return asked_++ % one_in == 0;
}

/// nullptr: it is no name, or there are too many.
RuleCounters::Row* RuleCounters::row_of(const std::string& name)
{
    if (const auto known = rows_.find(name); known != rows_.end())
        return &known->second;
    if (!rulebook::is_test_name(name) || name.size() > longest_name || rows_.size() >= most_tests)
        return nullptr;
    return &rows_.emplace(name, Row{.name = name}).first->second;
}

RuleCounters::Row* RuleCounters::row_of_words(const std::string& name)
{
    const auto key = "words:" + name;
    if (const auto known = rows_.find(key); known != rows_.end())
        return &known->second;
    if (name.empty() || name.size() > longest_name || rows_.size() >= most_tests)
        return nullptr;
    return &rows_.emplace(key, Row{.name = name, .is_words = true}).first->second;
}

void RuleCounters::count(const mail::Findings& findings)
{
    for (const auto& finding : findings) {
        const bool is_test = finding.name == "rules.hit" || finding.name == "rules.gave_up";
        if (!is_test && !finding.name.starts_with("words."))
            continue;
        if (auto* row = is_test ? row_of(finding.detail) : row_of_words(finding.detail))
            ++(finding.name.ends_with(".gave_up") ? row->gave_up : row->hits);
    }
}

void RuleCounters::add(const mail::Findings& findings)
{
    const std::lock_guard lock{mutex_};
    count(findings);
}

void RuleCounters::add(const mail::Findings& findings, const std::vector<TestCost>& costs)
{
    const std::lock_guard lock{mutex_};
    ++messages_;
    measured_ += !costs.empty();
    count(findings);
    for (std::size_t i = 0; i < std::min(costs.size(), most_costs); ++i)
        if (auto* row = row_of(costs[i].name)) {
            row->runs += costs[i].runs;
            row->nanoseconds += costs[i].nanoseconds;
        }
}

RuleCounters::Table RuleCounters::table() const
{
    Table table;
    {
        const std::lock_guard lock{mutex_};
        table.messages = messages_;
        table.measured = measured_;
        for (const auto& [name, row] : rows_)
            table.rows.push_back(row);
    }
    std::ranges::sort(table.rows, [](const Row& one, const Row& other) {
        return std::tuple{other.nanoseconds, other.hits, std::string_view{one.name}}
        < std::tuple{one.nanoseconds, one.hits, std::string_view{other.name}};
    });
    return table;
}
}
