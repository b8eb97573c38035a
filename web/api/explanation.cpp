// SPDX-License-Identifier: Apache-2.0
#include "web/api/explanation.hpp"

#include "filters/policy_document.hpp"
#include "gateway/smtp/record.hpp"
#include "web/api/document.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"

#include <algorithm>
#include <array>
#include <deque>

namespace web {
namespace {
mail::Step step_of(std::string_view name)
{
    for (int step = 0; step <= static_cast<int>(mail::Step::points); ++step)
        if (mail::to_string(static_cast<mail::Step>(step)) == name)
            return static_cast<mail::Step>(step);
    return mail::Step::none;
}

/// The facts of a row, with their points. Names are views into `names`, which must outlive them.
void read_findings(const storage::HistoryRow& row, std::deque<std::string>& names,
                   mail::Findings& findings, std::vector<filters::Points>& points)
{
    const auto document = parse_json(row.findings.empty() ? "[]" : row.findings);
    const auto* items = document ? document->if_array() : nullptr;
    if (items == nullptr)
        return;
    for (const auto& item : *items) {
        const auto name = text_member(item, "name");
        if (!name)
            continue;
        names.push_back(*name);
        findings.push_back({names.back(), text_member(item, "detail").value_or(""),
                            text_member(item, "evidence").value_or("")});
        const auto* value = item.as_object().if_contains("points");
        if (value == nullptr || !value->is_number())
            continue;
        const double amount = value->to_number<double>();
        if (amount != 0)
            points.push_back({names.back(), names.back(), amount});
    }
}

/// The SMTP command whose reply it was.
std::string command_of(std::string_view stage)
{
    std::string command{stage};
    std::ranges::transform(command, command.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return command;
}

std::string explain_without_policy(const storage::HistoryRow& row)
{
    const std::string_view why = row.rule == "relay"
        ? "the gateway takes mail from this client only for the domains it serves, and from its"
          " outbound listeners' clients"
        : row.rule == "door" ? "the client could not be served then"
                             : "the data cannot be taken as a message";
    return std::string{row.action == mail::Action::defer ? "Put off" : "Refused"} + " at "
        + command_of(row.stage) + ", whatever the policy says: " + std::string{why} + ".\n\n"
        + "We answered: " + row.reply + "\n";
}
}

std::string explain_row(const filters::PolicySet& policies, const storage::HistoryRow& row)
{
    if (smtp::is_without_policy(row))
        return explain_without_policy(row);
    std::deque<std::string> names;
    mail::Mail mail;
    filters::Judgement judgement;
    read_findings(row, names, mail.findings, judgement.points);
    judgement.verdict.action = row.action;
    judgement.verdict.step = step_of(row.step);
    judgement.verdict.rule = row.rule;
    judgement.verdict.score = row.score;
    mail.id = row.id.mail;
    mail.received_at = row.time;
    mail.listener = row.listener;
    mail.direction = row.direction;
    mail.client.ip = mail::Ip::parse(row.client).value_or(mail::Ip{});
    mail.client.helo = row.helo;
    if (auto sender = mail::Mailbox::parse(row.sender))
        mail.sender = std::move(*sender);
    const auto address = mail::Mailbox::parse(row.recipient);
    if (!address)
        return mail::to_string(row.action).data() + (": " + row.rule) + "\n" + row.reply + "\n";
    mail::Recipient recipient{*address};
    recipient.verdict = judgement.verdict;
    return filters::explain(policies.of(address->domain()), mail, recipient, judgement,
                            row.stage == "rcpt" ? filters::Moment::recipient
                                                : filters::Moment::message);
}

awaitable<Response> get_explanation(Site& site, Principal principal, Request request)
{
    const auto named = parse_named(request.captures.front());
    if (!named)
        co_return problem(404, "no such message", "that is no id");
    co_await site.context->history->settle();
    storage::HistoryQuery query;
    query.id = named->mail;
    query.limit = 1000;
    auto rows = co_await site.desk->history(query, principal.reach);
    std::erase_if(
        rows, [&](const auto& row) { return named->number && row.id.number != *named->number; });
    if (rows.empty())
        co_return problem(404, "no such message", "the history does not know this id");
    std::ranges::sort(rows, {}, &storage::HistoryRow::id);
    const auto snapshot = site.context->snapshot();
    JsonWriter json;
    json.begin_object().key("explanations").begin_array();
    for (const auto& row : rows) {
        json.begin_object().member("id", row.id.to_string()).member("recipient", row.recipient);
        json.member("action", mail::to_string(row.action)).member("rule", row.rule);
        json.member("score", row.score)
            .member("text", explain_row(snapshot->policy, row))
            .end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}
}
