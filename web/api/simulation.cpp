// SPDX-License-Identifier: Apache-2.0
#include "web/api/simulation.hpp"

#include "web/api/json.hpp"

#include <algorithm>
#include <tuple>

namespace web {
using mail::Action;

namespace {
bool is_refusal(Action action) { return action == Action::reject || action == Action::discard; }

/// People let it through after it was held.
bool was_released(const storage::HistoryRow& row)
{
    return row.action == Action::quarantine
        && (row.delivery.starts_with("released by") || row.delivery.starts_with("delivered"));
}

void add_example(std::vector<std::string>& examples, const std::string& id)
{
    if (examples.size() < Simulation::most_examples)
        examples.push_back(id);
}

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts)
{
    json.key(name).begin_array();
    for (const auto& text : texts)
        json.text(text);
    json.end_array();
}
}

std::shared_ptr<const smtp::Snapshot> with_policy(const smtp::Snapshot& snapshot,
                                                  filters::PolicySet policy)
{
    auto next = std::make_shared<smtp::Snapshot>(snapshot);
    next->policy = std::move(policy);
    return next;
}

Simulation::Simulation(const smtp::Context& context, Snapshot in_force, Snapshot candidate)
    : context_{context}, in_force_{std::move(in_force)}, candidate_{std::move(candidate)}
{ }

std::vector<mail::MailId> Simulation::look_at(std::vector<Case>& cases)
{
    std::vector<mail::MailId> asked;
    refusals_.clear();
    smtp::RecipientPolicies now{context_, *in_force_}, then{context_, *candidate_};
    for (auto& one : cases)
        look_at(one, now, then, asked);
    return asked;
}

void Simulation::look_at(Case& one, smtp::RecipientPolicies& now, smtp::RecipientPolicies& then,
                         std::vector<mail::MailId>& asked)
{
    ++looked_at_;
    if (!one.mail) {
        ++not_judged_;
        return;
    }
    auto& mail = *one.mail;
    const auto judged_now
        = mail.verdict(in_force_->policy, now.of(mail.owner()), in_force_->settings);
    const auto judged_then
        = mail.verdict(candidate_->policy, then.of(mail.owner()), candidate_->settings);
    if (judged_now.action != one.row->action)
        ++then_[{one.row->action, judged_now.action}];
    // A refusal at RCPT that is none any more: nobody knows what the message would have been.
    const bool is_over = mail.moment() == filters::Moment::recipient
        && judged_then.action == Action::deliver && judged_now.action != Action::deliver;
    if (is_over)
        ++beyond_;
    else if (judged_then.action == judged_now.action)
        ++unchanged_;
    else {
        auto& change = changes_[{judged_now.action, judged_then.action}];
        ++change.count;
        add_example(change.examples, one.row->id.to_string());
    }
    note(one, judged_now, judged_then, asked);
}

void Simulation::note(const Case& one, const mail::Verdict& now, const mail::Verdict& then,
                      std::vector<mail::MailId>& asked)
{
    const auto name = one.mail->owner().domain().ascii();
    const bool is_ours = in_force_->settings.domains.contains(name);
    if (!is_ours || (domains_.size() >= most_domains && !domains_.contains(name)))
        return;
    auto& domain = domains_[name];
    ++domain.looked_at;
    if (!is_refusal(then.action))
        return;
    ++domain.refused;
    domain.newly += !is_refusal(now.action);
    const bool is_released = was_released(*one.row), is_allowed = is_allowed_today(one);
    domain.released += is_released;
    domain.allowed += is_allowed;
    Refusal refusal{name, one.row->id.to_string(), is_released || is_allowed};
    if (refusal.is_regretted)
        regret(refusal);
    refusals_.push_back(std::move(refusal));
    asked.push_back(one.row->id.mail);
}

void Simulation::take_opinions(const std::vector<bool>& is_wanted)
{
    for (std::size_t i = 0; i < std::min(is_wanted.size(), refusals_.size()); ++i) {
        if (!is_wanted[i])
            continue;
        ++domains_[refusals_[i].domain].wanted;
        if (!refusals_[i].is_regretted)
            regret(refusals_[i]);
    }
    refusals_.clear();
}

void Simulation::regret(const Refusal& refusal)
{
    auto& domain = domains_[refusal.domain];
    ++domain.regretted;
    add_example(domain.examples, refusal.id);
}

/// An entry that somebody made since would have let it through.
bool Simulation::is_allowed_today(const Case& one) const
{
    if (!context_.lists || context_.lists->count() == 0)
        return false;
    const auto lists = context_.lists->snapshot();
    const auto now = context_.env->wall_now();
    const auto& client = one.mail->mail().client.ip;
    const auto parsed = mail::Mailbox::parse(address_in(one.row->from));
    const auto author = parsed ? mail::ReversePath{*parsed} : mail::ReversePath{};
    const auto& owner = one.mail->owner();
    for (const auto& scope : {std::string{}, owner.domain().ascii(), owner.key()})
        for (const auto* sender : {&one.mail->mail().sender, &author}) {
            const auto matches = lists->matches(scope, *sender, &client, now);
            if (!matches.empty()
                && matches.front().entry.effect == storage::ListEntry::Effect::allow)
                return true;
        }
    return false;
}

void Simulation::write_changes(JsonWriter& json) const
{
    std::vector<std::pair<Pair, const Change*>> changes;
    for (const auto& [pair, change] : changes_)
        changes.emplace_back(pair, &change);
    std::ranges::sort(changes, std::greater{}, [](const auto& one) { return one.second->count; });
    json.key("changes").begin_array();
    for (const auto& [pair, change] : changes) {
        json.begin_object().member("from", mail::to_string(pair.first));
        json.member("to", mail::to_string(pair.second)).member("count", change->count);
        write_texts(json, "examples", change->examples);
        json.end_object();
    }
    json.end_array().key("then").begin_array();
    for (const auto& [pair, count] : then_) {
        json.begin_object().member("from", mail::to_string(pair.first));
        json.member("to", mail::to_string(pair.second)).member("count", count).end_object();
    }
    json.end_array();
}

void Simulation::write_domains(JsonWriter& json) const
{
    constexpr std::size_t most_shown = 200;
    std::vector<std::pair<std::string_view, const Domain*>> domains;
    for (const auto& [name, domain] : domains_)
        domains.emplace_back(name, &domain);
    std::ranges::sort(domains, [](const auto& a, const auto& b) {
        return std::tuple{b.second->regretted, b.second->refused, a.first}
        < std::tuple{a.second->regretted, a.second->refused, b.first};
    });
    json.member("domains_in_all", domains.size()).key("domains").begin_array();
    domains.resize(std::min(domains.size(), most_shown));
    for (const auto& [name, domain] : domains) {
        json.begin_object().member("name", name).member("looked_at", domain->looked_at);
        json.member("refused", domain->refused).member("newly", domain->newly);
        json.member("released", domain->released).member("allowed", domain->allowed);
        json.member("not_spam", domain->wanted).member("regretted", domain->regretted);
        json.key("safe");
        domain->looked_at < enough ? json.null() : json.boolean(domain->regretted == 0);
        write_texts(json, "examples", domain->examples);
        json.end_object();
    }
    json.end_array();
}

std::string Simulation::json() const
{
    JsonWriter json;
    json.begin_object().member("looked_at", looked_at_).member("unchanged", unchanged_);
    json.member("not_judged", not_judged_).member("beyond", beyond_);
    json.member("rescanned", rescanned_);
    std::vector<std::string> missing;
    for (const auto& layer : candidate_->policy.layers)
        if (std::ranges::find(in_force_->policy.layers, layer) == in_force_->policy.layers.end())
            missing.push_back(layer);
    write_texts(json, "layers_without_facts", missing);
    write_changes(json);
    write_domains(json);
    json.end_object();
    return json.take();
}
}
