// SPDX-License-Identifier: Apache-2.0
#include "web/api/rows.hpp"

#include "filters/finding_types.hpp"
#include "filters/findings_json.hpp"

#include <algorithm>
#include <cmath>

namespace web {
std::string_view to_string(storage::RowState state)
{
    switch (state) {
    case storage::RowState::waiting:
        return "waiting";
    case storage::RowState::held:
        return "held";
    case storage::RowState::delivered:
        return "delivered";
    case storage::RowState::discarded:
        return "discarded";
    case storage::RowState::deleted:
        break;
    }
    return "deleted";
}

/// Rows of older versions have more.
static double hundredths(double score) { return std::round(score * 100) / 100; }

HeldFor held_for(std::string_view reason)
{
    const auto end = std::min(reason.find_first_of(" :"), reason.size());
    const auto name = reason.substr(0, end), rest = reason.substr(end);
    if (filters::finding_type(name) && rest.starts_with(": "))
        return {name, rest.substr(2)};
    return name.starts_with("lists.") && rest.starts_with(' ') ? HeldFor{name, rest.substr(1)}
                                                               : HeldFor{reason, {}};
}

void write_row(JsonWriter& json, const storage::Row& row)
{
    const auto [rule, detail] = held_for(row.reason);
    json.begin_object().member("id", row.id.to_string()).member("state", to_string(row.state));
    json.member("reason", rule).member("detail", detail).member("recipient", row.address);
    json.member("sender", mail::to_string(row.sender)).member("client", row.client);
    json.member("direction", row.direction == mail::Direction::inbound ? "inbound" : "outbound");
    json.member("from", row.from)
        .member("subject", row.subject)
        .member("message_id", row.message_id);
    json.member("size", row.size)
        .member("score", hundredths(row.score))
        .member("attempts", row.attempts);
    json.member("received_at", row.received_at).member("next_attempt", row.next_attempt);
    json.member("expires_at", row.expires_at).member("last_reply", row.last_reply).end_object();
}

void write_entry_of(JsonWriter& json, std::string_view rule)
{
    json.key("entry");
    const auto blank = rule.find(' ');
    const bool is_allow = rule.starts_with("lists.allow_");
    if (blank == rule.npos || (!is_allow && !rule.starts_with("lists.block_"))) {
        json.null();
        return;
    }
    constexpr std::size_t prefix = std::string_view{"lists.allow_"}.size();
    json.begin_object().member("list", is_allow ? "allow" : "block");
    json.member("entry", rule.substr(blank + 1));
    json.member("scope", rule.substr(prefix, blank - prefix)).end_object();
}

void write_history_row(JsonWriter& json, const storage::HistoryRow& row,
                       std::optional<storage::RowState> state)
{
    const auto raw = [](const std::string& text, std::string_view otherwise) {
        return text.empty() ? otherwise : std::string_view{text};
    };
    json.begin_object().member("id", row.id.to_string()).member("time", row.time);
    json.member("stage", row.stage).member("listener", row.listener);
    json.member("direction", row.direction == mail::Direction::inbound ? "inbound" : "outbound");
    json.member("client", row.client).member("helo", row.helo).member("sender", row.sender);
    json.member("recipient", row.recipient).member("from", row.from).member("subject", row.subject);
    json.member("message_id", row.message_id).member("size", row.size);
    json.member("action", mail::to_string(row.action)).member("rule", row.rule);
    json.member("step", row.step).member("score", hundredths(row.score));
    json.key("findings").raw(raw(row.findings, "[]")).key("timings").raw(raw(row.timings, "{}"));
    json.member("reply", row.reply).member("delivery", row.delivery);
    write_entry_of(json, row.rule);
    json.key("state");
    (state ? json.text(to_string(*state)) : json.null()).end_object();
}

std::vector<storage::HistoryRow> as_seen_by(const Principal& principal,
                                            std::vector<storage::HistoryRow> rows)
{
    if (principal.is(Role::helpdesk))
        for (auto& row : rows)
            row.findings = filters::without_quotes(row.findings);
    return rows;
}

std::optional<Named> parse_named(std::string_view text)
{
    if (const auto row = storage::RowId::parse(text))
        return Named{row->mail, row->number};
    if (const auto id = mail::MailId::parse(text))
        return Named{*id, {}};
    return {};
}

storage::Reach reach_of(const Principal& principal, const Request& request)
{
    return request.text("mine") == "true" ? principal.own() : principal.reach;
}

awaitable<std::vector<storage::Row>> rows_of(Site& site, storage::Reach reach, Named named)
{
    storage::RowQuery query;
    query.mail = named.mail;
    query.limit = 10'000;
    auto rows = co_await site.desk->rows(query, std::move(reach));
    std::erase_if(rows,
                  [&](const auto& row) { return named.number && row.id.number != *named.number; });
    std::ranges::sort(rows, {}, &storage::Row::id);
    co_return rows;
}

awaitable<std::expected<std::vector<storage::Row>, Response>>
stored_rows(Site& site, storage::Reach reach, std::string id)
{
    const auto named = parse_named(id);
    if (!named)
        co_return std::unexpected{problem(404, "no such message", "that is no id")};
    auto rows = co_await rows_of(site, std::move(reach), *named);
    if (rows.empty())
        co_return std::unexpected{
            problem(404, "no such message", "nothing with this id is stored")};
    co_return rows;
}
}
