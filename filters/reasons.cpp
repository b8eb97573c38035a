// SPDX-License-Identifier: Apache-2.0
#include "filters/reasons.hpp"

#include "filters/finding_types.hpp"

#include <algorithm>

namespace filters {
namespace {
using mail::Step;

const StoredFact* fact_in_rule(const Decision& decision)
{
    for (const auto& fact : decision.facts)
        if (decision.rule.find(fact.name) != std::string::npos)
            return &fact;
    return nullptr;
}

struct Rung {
    std::array<Step, 2> steps;
    std::string_view pending = {};
};
constexpr std::array<Rung, Reasons::rungs> rungs{
    Rung{{Step::overriding, Step::overriding}},
    Rung{{Step::forced_list, Step::spoofing}, "lists.pending_global"},
    Rung{{Step::domain_list, Step::domain_list}, "lists.pending_domain"},
    Rung{{Step::user_list, Step::user_list}, "lists.pending_user"},
    Rung{{Step::rule, Step::rule}},
    Rung{{Step::points, Step::points}},
};

std::array<RungSaid, Reasons::rungs> ladder_of(const Decision& decision)
{
    std::array<RungSaid, Reasons::rungs> ladder{};
    const auto is_pending = [&](std::string_view name) {
        return decision.moment == Moment::recipient
            && std::ranges::find(decision.facts, name, &StoredFact::name) != decision.facts.end();
    };
    bool has_acted = false;
    for (std::size_t i = 0; i < rungs.size(); ++i) {
        const auto& steps = rungs[i].steps;
        const bool acts
            = decision.step != Step::none && std::ranges::find(steps, decision.step) != steps.end();
        ladder[i] = acts                   ? RungSaid::acts
            : has_acted                    ? RungSaid::not_asked
            : is_pending(rungs[i].pending) ? RungSaid::pending
                                           : RungSaid::nothing;
        has_acted = has_acted || acts;
    }
    return ladder;
}

/// What the policy says to these facts, without the one at `left_out`.
mail::Verdict judged(const Policy& policy, const Decision& decision, std::size_t left_out)
{
    mail::Mail mail;
    mail.client.is_trusted_forwarder = decision.is_trusted_forwarder;
    for (std::size_t i = 0; i < decision.facts.size(); ++i)
        if (const auto* type = finding_type(decision.facts[i].name); type && i != left_out)
            mail.findings.push_back(
                {type->name, decision.facts[i].detail, {}, decision.facts[i].weight});
    static const auto anybody = mail::Mailbox::parse("postmaster@example.org");
    return judge(policy, mail, {.address = *anybody}, decision.moment).verdict;
}

/// To the next threshold; none where points do not decide.
Change missing_points(const Policy& policy, const mail::Verdict& now)
{
    if (now.step == Step::points)
        return {.kind = Change::Kind::several};
    if (now.step != Step::none)
        return {};
    const std::array thresholds{std::pair{policy.tag, mail::Action::tag},
                                std::pair{policy.quarantine, mail::Action::quarantine},
                                std::pair{policy.block, policy.block_action}};
    for (const auto& [threshold, action] : thresholds)
        if (threshold && *threshold > now.score)
            return {
                .kind = Change::Kind::points, .points = *threshold - now.score, .action = action};
    return {};
}

Change change_of(const Policy& policy, const Decision& decision, const mail::Verdict& now)
{
    const StoredFact* best = nullptr;
    auto other = now.action;
    for (std::size_t i = 0; i < decision.facts.size(); ++i) {
        const auto without = judged(policy, decision, i);
        const auto& fact = decision.facts[i];
        if (without.action != now.action && (!best || fact.points < best->points)) {
            best = &fact;
            other = without.action;
        }
    }
    if (best)
        return {.kind = Change::Kind::without, .finding = best->name, .action = other};
    // At RCPT points do not act.
    return decision.moment == Moment::message ? missing_points(policy, now) : Change{};
}
}

Reasons reasons_of(const Policy& policy, const Decision& decision)
{
    Reasons reasons;
    reasons.fact = fact_in_rule(decision);
    reasons.ladder = ladder_of(decision);
    reasons.now = judged(policy, decision, decision.facts.size());
    reasons.change = change_of(policy, decision, reasons.now);
    return reasons;
}

std::string_view observed_part(const Decision& decision)
{
    constexpr std::string_view prefix = "observe: ";
    const std::string_view rule = decision.rule;
    return rule.starts_with("observe: would ") ? rule.substr(prefix.size()) : std::string_view{};
}
}
