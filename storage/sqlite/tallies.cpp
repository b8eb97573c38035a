// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/tallies.hpp"

#include "storage/sqlite/history_terms.hpp"
#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/reach_terms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace storage::sqlite {
namespace {
constexpr std::int64_t step_of_time
    = std::chrono::duration_cast<std::chrono::nanoseconds>(Statistics::step).count();
constexpr std::size_t longest_name = 200;
constexpr int names_kept = 50; ///< of one kind and step, once it is closed

/// How many of the steps are one for this kind.
constexpr std::int64_t width_of(Tally kind)
{
    if (kind == Tally::action)
        return 1;
    return kind >= Tally::client ? 72 : 12;
}

std::int64_t step_of(WallTime time, std::int64_t width)
{
    return stored_time(time) / step_of_time / width * width;
}

std::string lower(std::string_view text)
{
    std::string out{text.substr(0, longest_name)};
    for (char& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

std::string score_bucket(double score)
{
    return std::to_string(std::clamp(static_cast<int>(std::floor(score)), -1, 20));
}

/// The number behind "NAME": in a flat JSON object, or none.
std::optional<double> member(std::string_view json, std::string_view name)
{
    const auto at = json.find("\"" + std::string{name} + "\":");
    if (at == json.npos)
        return {};
    const auto from = json.substr(at + name.size() + 3);
    double value = 0;
    const auto read = std::from_chars(from.data(), from.data() + from.size(), value);
    return read.ec == std::errc{} ? std::optional{value} : std::nullopt;
}

std::string latency_bucket(std::string_view timings)
{
    constexpr std::array<int, 9> bounds{10, 20, 50, 100, 200, 500, 1000, 5000, 30000};
    const auto ms
        = member(timings, "layers_ms").value_or(0) + member(timings, "relay_ms").value_or(0);
    for (const auto bound : bounds)
        if (ms <= bound)
            return std::to_string(bound);
    return "more";
}

/// The layer whose finding decided: that of the rule, which begins with a finding's name.
std::string layer_of(const HistoryRow& row)
{
    if (row.step == "points")
        return "points";
    const auto name = std::string_view{row.rule}.substr(0, row.rule.find_first_of(" ,("));
    return std::string{name.substr(0, std::min(name.find('.'), longest_name))};
}
}

void Tallies::add(std::int64_t step, Tally kind, std::string name)
{
    if (!name.empty())
        ++numbers_[{static_cast<int>(kind), step / width_of(kind) * width_of(kind),
                    std::move(name)}];
}

void Tallies::add(const HistoryRow& row)
{
    const auto step = stored_time(row.time) / step_of_time;
    const std::string action{mail::to_string(row.action)};
    const auto domain = lower(domain_of(row.recipient));
    const bool is_bad = row.action != mail::Action::deliver;
    add(step, Tally::action, action);
    if (!domain.empty())
        add(step, Tally::domain_action, domain + " " + action);
    if (is_bad)
        add(step, Tally::layer, layer_of(row));
    if (row.stage == "data") {
        add(step, Tally::score, score_bucket(row.score));
        add(step, Tally::latency, latency_bucket(row.timings));
    }
    add(step, Tally::client, lower(row.client));
    add(step, Tally::sender_domain, lower(domain_of(row.sender)));
    add(step, Tally::recipient_domain, domain);
    if (is_bad) {
        add(step, Tally::bad_client, lower(row.client));
        add(step, Tally::bad_sender_domain, lower(domain_of(row.sender)));
        add(step, Tally::bad_recipient_domain, domain);
    }
}

void Tallies::write(Database& database) const
{
    Statement add{database,
                  "INSERT INTO counts VALUES(?1, ?2, ?3, ?4) ON CONFLICT(kind, step, name)"
                  " DO UPDATE SET number = number + excluded.number"};
    for (const auto& [key, number] : numbers_)
        add.run(key.kind, key.step, key.name, number);
}

void prune_counts(Database& database, WallTime since, WallTime now)
{
    constexpr auto width = width_of(Tally::client);
    Statement drop{database,
                   "DELETE FROM counts WHERE (kind, step, name) IN (SELECT kind, step, name FROM ("
                   "SELECT kind, step, name, row_number() OVER (PARTITION BY kind, step"
                   " ORDER BY number DESC, name) AS place FROM counts"
                   " WHERE kind >= ?3 AND step >= ?1 AND step < ?2) WHERE place > ?4)"};
    drop.run(step_of(since, width), step_of(now, width), static_cast<int>(Tally::client),
             names_kept);
}

void drop_counts(Database& database, WallTime before)
{
    Statement drop{database, "DELETE FROM counts WHERE step < ?1"};
    drop.run(stored_time(before) / step_of_time);
}

std::vector<Count> read_counts(Database& database, const CountQuery& query)
{
    const bool is_summed = query.step.count() == 0;
    const auto wide = std::max<std::int64_t>(query.step.count() / 300, 1);
    std::int64_t widest = 1;
    std::vector<std::int64_t> kinds;
    for (const auto kind : query.kinds) {
        kinds.push_back(static_cast<std::int64_t>(kind));
        widest = std::max(widest, width_of(kind));
    }
    const auto list = json_list(kinds);
    Statement rows{database,
                   std::string{"SELECT "} + (is_summed ? "?2" : "step / ?4 * ?4")
                       + " AS part, kind, name, sum(number) AS many FROM counts"
                         " WHERE kind IN (SELECT value FROM json_each(?1))"
                         " AND step >= ?2 AND step < ?3 AND name >= ?5 AND (?6 = '' OR name < ?6)"
                         " GROUP BY part, kind, name ORDER BY "
                       + (is_summed ? "kind, many DESC, name" : "kind, part, name") + " LIMIT ?7"};
    const auto end = query.prefix.empty() ? std::string{} : query.prefix + "\x7f";
    std::vector<Count> counts;
    for (rows.start(list, step_of(query.since, widest),
                    (stored_time(query.until) + step_of_time - 1) / step_of_time, wide,
                    query.prefix, end, query.limit);
         rows.next();)
        counts.push_back({time_from(rows.integer(0) * step_of_time),
                          static_cast<Tally>(rows.integer(1)), std::string{rows.text(2)},
                          static_cast<std::uint64_t>(rows.integer(3))});
    return counts;
}
}
