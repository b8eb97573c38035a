// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/tallies.hpp"

#include "gateway/mail/ascii.hpp"
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
    if (kind == Tally::action || kind == Tally::latency || kind == Tally::level)
        return 1;
    return kind >= Tally::client && kind <= Tally::bad_recipient_domain ? 72 : 12;
}

std::int64_t step_of(WallTime time, std::int64_t width)
{
    return stored_time(time) / step_of_time / width * width;
}

std::string lower(std::string_view text)
{
    std::string out{text.substr(0, longest_name)};
    std::ranges::transform(out, out.begin(), mail::to_lower);
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

/// The fact that decided: the rule begins with its name.
std::string reason_of(const HistoryRow& row)
{
    if (row.step == "points")
        return "points";
    const auto name = std::string_view{row.rule}.substr(0, row.rule.find_first_of(" ,("));
    return std::string{name.substr(0, longest_name)};
}

std::string layer_of(const std::string& reason) { return reason.substr(0, reason.find('.')); }
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
    if (!row.sending_domain.empty() && row.sending_domain != domain)
        add(step, Tally::domain_action, row.sending_domain + " " + action);
    if (is_bad) {
        const auto reason = reason_of(row);
        add(step, Tally::layer, layer_of(reason));
        add(step, Tally::reason, reason);
    }
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
                   " WHERE kind BETWEEN ?3 AND ?5 AND step >= ?1 AND step < ?2) WHERE place > ?4)"};
    drop.run(step_of(since, width), step_of(now, width), static_cast<int>(Tally::client),
             names_kept, static_cast<int>(Tally::bad_recipient_domain));
}

void drop_counts(Database& database, WallTime before)
{
    Statement drop{database, "DELETE FROM counts WHERE step < ?1"};
    drop.run(stored_time(before) / step_of_time);
}

void write_level(Database& database, WallTime now, const std::string& name, std::uint64_t number)
{
    Statement write{database,
                    "INSERT INTO counts VALUES(?1, ?2, ?3, ?4) ON CONFLICT(kind, step, name)"
                    " DO UPDATE SET number = max(number, excluded.number)"};
    write.run(static_cast<int>(Tally::level), step_of(now, 1), name, number);
}

namespace {
/// The rows of a question: all names of some kinds; or those with a prefix, which are sought in
/// each step, since names stand behind steps in the table.
std::string rows_text(bool has_prefix)
{
    if (!has_prefix)
        return " FROM counts WHERE kind IN (SELECT value FROM json_each(?1))"
               " AND step >= ?2 AND step < ?3";
    return " FROM json_each(?1) AS kinds CROSS JOIN steps CROSS JOIN counts"
           " WHERE counts.kind = kinds.value AND counts.step = steps.step"
           " AND name >= ?5 AND name < ?6";
}

std::string query_text(bool is_summed, bool has_prefix)
{
    const std::string part = is_summed ? "?2" : "counts.step / ?4 * ?4";
    const auto level = std::to_string(static_cast<int>(Tally::level));
    return (has_prefix ? "WITH RECURSIVE steps(step) AS (SELECT max(?2, coalesce((SELECT min(step)"
                         " FROM counts WHERE kind = (SELECT min(value) FROM json_each(?1))), ?3))"
                         " UNION ALL SELECT step + ?8 FROM steps WHERE step + ?8 < ?3) "
                       : std::string{})
        + "SELECT " + part + " AS part, kind, name, CASE kind WHEN " + level
        + " THEN max(number) ELSE sum(number) END AS many" + rows_text(has_prefix)
        + " GROUP BY part, kind, name ORDER BY "
        + (is_summed ? "kind, many DESC, name" : "kind, part, name") + " LIMIT ?7";
}
}

std::vector<Count> read_counts(Database& database, const CountQuery& query)
{
    const bool has_prefix = !query.prefix.empty();
    const auto wide = std::max<std::int64_t>(query.step.count() / 300, 1);
    std::int64_t widest = 1;
    std::vector<std::int64_t> kinds;
    for (const auto kind : query.kinds) {
        kinds.push_back(static_cast<std::int64_t>(kind));
        widest = std::max(widest, width_of(kind));
    }
    Statement rows{database, query_text(query.step.count() == 0, has_prefix)};
    const auto list = json_list(kinds), end = query.prefix + "\x7f"; // bound, not copied
    rows.start(list, step_of(query.since, widest),
               (stored_time(query.until) + step_of_time - 1) / step_of_time, wide, query.prefix,
               end, query.limit);
    if (has_prefix)
        rows.bind(8, widest);
    std::vector<Count> counts;
    while (rows.next())
        counts.push_back({time_from(rows.integer(0) * step_of_time),
                          static_cast<Tally>(rows.integer(1)), std::string{rows.text(2)},
                          static_cast<std::uint64_t>(rows.integer(3))});
    return counts;
}
}
