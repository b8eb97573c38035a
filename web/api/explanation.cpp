// SPDX-License-Identifier: Apache-2.0
#include "web/api/explanation.hpp"

#include "filters/explanation.hpp"
#include "filters/finding_types.hpp"
#include "gateway/smtp/record.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace web {
namespace {
mail::Step step_of(std::string_view name)
{
    for (int step = 0; step <= static_cast<int>(mail::Step::points); ++step)
        if (mail::to_string(static_cast<mail::Step>(step)) == name)
            return static_cast<mail::Step>(step);
    return mail::Step::none;
}

filters::Decision decision_of(const storage::HistoryRow& row)
{
    filters::Decision decision{.action = row.action,
                               .step = step_of(row.step),
                               .rule = row.rule,
                               .score = row.score,
                               .moment = row.stage == "rcpt" ? filters::Moment::recipient
                                                             : filters::Moment::message};
    // Rows of a door or a command have no facts.
    if (auto facts = filters::parse_findings_json(row.findings))
        decision.facts = std::move(*facts);
    return decision;
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

const filters::Policy* policy_of(smtp::RecipientPolicies& policies, const storage::HistoryRow& row)
{
    // Rows of before owners were noted belong to their recipients.
    const auto owner = mail::Mailbox::parse(row.owner.empty() ? row.recipient : row.owner);
    return owner ? &policies.of(*owner) : nullptr;
}

std::string explain_row(const filters::Policy* policy, const storage::HistoryRow& row)
{
    if (smtp::is_without_policy(row))
        return explain_without_policy(row);
    if (policy == nullptr)
        return mail::to_string(row.action).data() + (": " + row.rule) + "\n" + row.reply + "\n";
    return filters::explain(*policy, decision_of(row));
}

namespace {
double hundredths(double points) { return std::round(points * 100) / 100; }

void write_threshold(JsonWriter& json, std::string_view name, std::optional<double> points)
{
    json.key(name);
    points ? json.real(*points) : json.null();
}

void write_thresholds(JsonWriter& json, const filters::Policy* policy, bool is_own)
{
    json.key("thresholds").begin_object();
    write_threshold(json, "tag", policy ? policy->tag : std::nullopt);
    write_threshold(json, "quarantine", policy ? policy->quarantine : std::nullopt);
    write_threshold(json, "block", policy ? policy->block : std::nullopt);
    json.member("block_action",
                mail::to_string(policy ? policy->block_action : mail::Action::reject));
    json.member("own", is_own).end_object();
}

/// "spf" of "spf.fail"; "" for what no layer makes.
std::string_view layer_of(std::string_view fact)
{
    return filters::finding_type(fact) ? fact.substr(0, fact.find('.')) : std::string_view{};
}

void write_facts(JsonWriter& json, const std::vector<filters::StoredFact>& found)
{
    std::vector<const filters::StoredFact*> facts;
    for (const auto& fact : found)
        facts.push_back(&fact);
    // Addresses rise in the order of discovery, which decides a tie.
    std::ranges::sort(facts, {}, [](const auto* fact) { return std::pair{-fact->points, fact}; });
    json.key("facts").begin_array();
    for (const auto* fact : facts) {
        json.begin_object().member("name", fact->name).member("detail", fact->detail);
        json.member("evidence", fact->evidence).member("points", hundredths(fact->points));
        json.member("layer", layer_of(fact->name)).end_object();
    }
    json.end_array();
}

void write_authentication(JsonWriter& json, const std::vector<filters::StoredFact>& facts)
{
    constexpr std::array<std::string_view, 4> methods{"spf", "dkim", "dmarc", "arc"};
    json.key("authentication").begin_array();
    for (const auto& fact : facts) {
        const auto method = layer_of(fact.name);
        if (std::ranges::find(methods, method) == methods.end())
            continue;
        json.begin_object().member("method", method);
        json.member("result", std::string_view{fact.name}.substr(method.size() + 1));
        json.member("detail", fact.detail).end_object();
    }
    json.end_array();
}

void write_sentence(JsonWriter& json, const filters::Decision& decision,
                    const filters::StoredFact* fact)
{
    json.key("sentence").begin_object().member("action", mail::to_string(decision.action));
    json.member("step", mail::to_string(decision.step)).member("rule", decision.rule);
    json.key("fact");
    if (fact)
        json.begin_object().member("name", fact->name).member("detail", fact->detail).end_object();
    else
        json.null();
    json.key("observed");
    // "would reject (…)": the action is the second word.
    auto would = filters::observed_part(decision);
    would.remove_prefix(std::min(would.find(' ') + 1, would.size()));
    would = would.substr(0, would.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
    would.empty() ? json.null() : json.text(would);
    json.end_object();
}

void write_ladder(JsonWriter& json, const filters::Decision& decision,
                  const filters::Reasons& reasons)
{
    constexpr std::array<std::string_view, 4> words{"nothing", "acts", "not_asked", "pending"};
    json.key("ladder").begin_array();
    for (std::size_t i = 0; i < reasons.ladder.size(); ++i) {
        const auto said = reasons.ladder[i];
        const bool acts = said == filters::RungSaid::acts;
        json.begin_object().member("rung", i + 1);
        json.member("said", words[static_cast<std::size_t>(said)]);
        json.member("rule", acts ? decision.rule : "").key("action");
        (acts ? json.text(mail::to_string(decision.action)) : json.null()).end_object();
    }
    json.end_array();
}

void write_change(JsonWriter& json, const filters::Change& change)
{
    using Kind = filters::Change::Kind;
    json.key("change");
    if (change.kind == Kind::none) {
        json.null();
        return;
    }
    json.begin_object();
    if (change.kind == Kind::several) {
        json.member("kind", "several").end_object();
        return;
    }
    json.member("kind", change.kind == Kind::without ? "without" : "points");
    if (change.kind == Kind::without)
        json.member("name", change.finding);
    else
        json.member("points", hundredths(change.points));
    json.member("action", mail::to_string(change.action)).end_object();
}
}

void write_explanation(JsonWriter& json, const filters::Policy* policy, bool is_own,
                       const storage::HistoryRow& row)
{
    if (smtp::is_without_policy(row))
        policy = nullptr;
    const auto decision = decision_of(row);
    json.member("judged", policy != nullptr);
    write_thresholds(json, policy, policy && is_own);
    write_facts(json, decision.facts);
    write_authentication(json, decision.facts);
    const auto reasons = policy ? filters::reasons_of(*policy, decision) : filters::Reasons{};
    write_sentence(json, decision, reasons.fact);
    if (policy)
        write_ladder(json, decision, reasons);
    else
        json.key("ladder").begin_array().end_array();
    json.key("today");
    if (policy && reasons.now.action != decision.action)
        json.begin_object()
            .member("action", mail::to_string(reasons.now.action))
            .member("rule", reasons.now.rule)
            .end_object();
    else
        json.null();
    write_change(json, reasons.change);
    write_entry_of(json, row.rule);
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
    auto rows = as_seen_by(principal, co_await site.desk->history(query, principal.reach));
    std::erase_if(
        rows, [&](const auto& row) { return named->number && row.id.number != *named->number; });
    if (rows.empty())
        co_return problem(404, "no such message", "the history does not know this id");
    std::ranges::sort(rows, {}, &storage::HistoryRow::id);
    const auto snapshot = site.context->snapshot();
    smtp::RecipientPolicies policies{*site.context, *snapshot};
    JsonWriter json;
    json.begin_object().key("explanations").begin_array();
    for (const auto& row : rows) {
        json.begin_object().member("id", row.id.to_string()).member("recipient", row.recipient);
        json.member("action", mail::to_string(row.action)).member("rule", row.rule);
        const auto* policy = policy_of(policies, row);
        json.member("score", row.score).member("text", explain_row(policy, row));
        write_explanation(json, policy, policies.is_own(policy), row);
        json.end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}
}
