// SPDX-License-Identifier: Apache-2.0
#include "filters/finding_types.hpp"
#include "filters/policy.hpp"
#include "filters/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace filters {
namespace {
using mail::Action;
using mail::Step;

/// The findings of one scope of lists, on its step of the ladder.
struct ListStep {
    std::string_view allow, block, pending;
    Step step;
};
constexpr std::array list_steps{
    ListStep{"lists.allow_global", "lists.block_global", "lists.pending_global", Step::forced_list},
    ListStep{"lists.allow_domain", "lists.block_domain", "lists.pending_domain", Step::domain_list},
    ListStep{"lists.allow_user", "lists.block_user", "lists.pending_user", Step::user_list},
};
constexpr std::string_view refused_by_policy = "the recipient's site does not accept this message";
constexpr std::string_view refused_by_list = "the recipient does not accept mail from this sender";

std::uint64_t bits_of(const mail::Findings& findings)
{
    std::uint64_t bits = 0;
    for (const auto& finding : findings)
        bits |= name_bit(finding.name);
    return bits;
}

std::uint64_t bits_of_types(bool FindingType::* property)
{
    std::uint64_t all = 0;
    for (const auto name : finding_names())
        if (finding_type(name)->*property)
            all |= name_bit(name);
    return all;
}

std::uint64_t overriding_bits()
{
    static const std::uint64_t bits = bits_of_types(&FindingType::is_overriding);
    return bits;
}

std::uint64_t spoofing_bits()
{
    static const std::uint64_t bits = bits_of_types(&FindingType::is_spoofing);
    return bits;
}

std::uint64_t list_bits()
{
    static const std::uint64_t bits = [] {
        std::uint64_t all = 0;
        for (const auto& step : list_steps)
            all |= name_bit(step.allow) | name_bit(step.block) | name_bit(step.pending);
        return all;
    }();
    return bits;
}

/// One reading of the ladder.
class Judge {
public:
    Judge(const Policy& policy, const mail::Mail& mail, const mail::Recipient& recipient,
          Moment moment)
        : policy_{policy}, mail_{mail}, shared_{mail.findings}, own_{recipient.findings},
          moment_{moment}, bits_{bits_of(shared_) | bits_of(own_)}
    { }

    Judgement judge()
    {
        add_points();
        const bool decided = overriding() || lists() || (!is_waiting_ && rules())
            || (moment_ == Moment::message && points());
        if (!decided)
            verdict().action = Action::deliver;
        if (!is_inevitable_)
            soften();
        return std::move(judgement_);
    }

private:
    mail::Verdict& verdict() { return judgement_.verdict; }

    void add_points()
    {
        for (const auto& rule : policy_.rules) {
            if (rule.then || rule.is_allow || !rule.when.holds(shared_, own_, bits_))
                continue;
            if (rule.is_weighted)
                add_weights(rule);
            else if (const auto* found = rule.when.first_found(shared_, own_))
                add(found->name, rule, rule.add);
            else
                add(rule.text, rule, rule.add);
        }
        // As everybody reads it, so that no threshold is missed by what nobody sees.
        verdict().score = std::round(verdict().score * 100) / 100;
    }
    void add(std::string_view finding, const Rule& rule, double points)
    {
        judgement_.points.push_back({std::string{finding}, rule.text, points});
        verdict().score += points;
    }
    /// Each finding of the name that gave the rule its weight counts, such as every words rule.
    void add_weights(const Rule& rule)
    {
        const auto& nodes = rule.when.nodes;
        const auto fact = std::find_if(nodes.begin(), nodes.end(), [](const auto& node) {
            return node.kind == Condition::Kind::fact;
        });
        if (fact == nodes.end())
            return;
        for (const auto* findings : {&shared_, &own_})
            for (const auto& finding : *findings)
                if (finding.weight && Condition::matches(*fact, finding))
                    add(finding.name, rule, rule.add * *finding.weight);
    }

    /// Step 1. A rule of the policy may choose the action; otherwise the finding's type does.
    bool overriding()
    {
        if ((bits_ & overriding_bits()) == 0)
            return false;
        for (const auto* findings : {&own_, &shared_})
            for (const auto& finding : *findings) {
                const auto* type = (name_bit(finding.name) & overriding_bits()) != 0
                    ? finding_type(finding.name)
                    : nullptr;
                if (type && type->is_overriding && override_by(finding, *type))
                    return true;
            }
        return false;
    }
    /// The first rule that acts and names the finding.
    const Rule* rule_about(const mail::Finding& finding) const
    {
        const auto found = std::ranges::find_if(policy_.rules, [&](const Rule& rule) {
            return rule.then && names(rule, finding) && may_speak(rule)
                && rule.when.holds(shared_, own_, bits_);
        });
        return found == policy_.rules.end() ? nullptr : &*found;
    }
    bool override_by(const mail::Finding& finding, const FindingType& type)
    {
        if (const auto* rule = rule_about(finding))
            return act(*rule->then, Step::overriding, rule->text, &finding);
        is_inevitable_ = type.action == Action::reject || type.action == Action::defer;
        return act(type.action, Step::overriding, std::string{finding.name}, &finding);
    }
    static bool names(const Rule& rule, const mail::Finding& finding)
    {
        return std::any_of(rule.when.nodes.begin(), rule.when.nodes.end(), [&](const auto& node) {
            return node.kind == Condition::Kind::fact && Condition::matches(node, finding);
        });
    }

    /// What is absent at RCPT may still be found in the message.
    bool may_speak(const Rule& rule) const
    {
        return moment_ == Moment::message || !rule.when.needs_absence();
    }

    /// Step 2, behind the administrator's lists.
    bool spoofing()
    {
        if ((bits_ & spoofing_bits()) == 0)
            return false;
        for (const auto* findings : {&own_, &shared_})
            for (const auto& finding : *findings) {
                const auto* type = finding_type(finding.name);
                const auto* rule = type && type->is_spoofing ? rule_about(finding) : nullptr;
                if (rule)
                    return act(*rule->then, Step::spoofing, rule->text, &finding);
            }
        return false;
    }

    /// Steps 2 to 4. In one scope the more specific entry wins, at a tie allow (house §7). At RCPT
    /// the ladder ends where an entry waits that the message may prove to count.
    bool lists()
    {
        if ((bits_ & (list_bits() | spoofing_bits())) == 0)
            return false;
        for (const auto& step : list_steps) {
            if (step.step == Step::domain_list && spoofing())
                return true;
            const auto* allow = most_specific(step.allow);
            const auto* block = most_specific(step.block);
            if (is_over(pending(step), block)) {
                is_waiting_ = true;
                return false;
            }
            if (is_over(allow, block)) {
                verdict().step = step.step;
                verdict().rule = std::string{step.allow} + " " + allow->detail;
                return true;
            }
            if (block) {
                verdict().public_text = refused_by_list;
                return act(Action::reject, step.step, std::string{step.block} + " " + block->detail,
                           block);
            }
        }
        return false;
    }
    static bool is_over(const mail::Finding* allow, const mail::Finding* block)
    {
        return allow && (!block || allow->weight.value_or(0) >= block->weight.value_or(0));
    }
    const mail::Finding* pending(const ListStep& step) const
    {
        return moment_ == Moment::recipient ? most_specific(step.pending) : nullptr;
    }
    const mail::Finding* most_specific(std::string_view name) const
    {
        const mail::Finding* best = nullptr;
        for (const auto* findings : {&shared_, &own_})
            for (const auto& finding : *findings)
                if (finding.name == name
                    && (!best || finding.weight.value_or(0) > best->weight.value_or(0)))
                    best = &finding;
        return best;
    }

    /// A defer that concerns one recipient was to be said at RCPT; the dot has one answer for all.
    bool is_too_late(const Rule& rule) const
    {
        const auto* found = rule.then == Action::defer && moment_ == Moment::message
            ? rule.when.first_found(shared_, own_)
            : nullptr;
        return found && std::ranges::any_of(own_, [found](const auto& finding) {
                   return &finding == found;
               });
    }

    /// Step 5.
    bool rules()
    {
        for (const auto& rule : policy_.rules) {
            if (!rule.then && !rule.is_allow)
                continue;
            if (!may_speak(rule) || !rule.when.holds(shared_, own_, bits_) || is_too_late(rule)
                || verdict().score < rule.from_points.value_or(verdict().score))
                continue;
            if (rule.is_allow) {
                verdict().step = Step::rule;
                verdict().rule = rule.text;
                return true;
            }
            return act(*rule.then, Step::rule, rule.text, rule.when.first_found(shared_, own_));
        }
        return false;
    }

    /// Step 6.
    bool points()
    {
        struct Line {
            const std::optional<double>& threshold;
            Action action;
        };
        for (const auto& [threshold, action] :
             {Line{policy_.block, policy_.block_action},
              Line{policy_.quarantine, Action::quarantine}, Line{policy_.tag, Action::tag}})
            if (threshold && verdict().score >= *threshold)
                return act(action, Step::points, "points ≥ " + real_text(*threshold), nullptr);
        return false;
    }

    bool act(Action action, Step step, std::string rule, const mail::Finding* finding)
    {
        verdict().action = action;
        verdict().step = step;
        verdict().rule = std::move(rule);
        if (action == Action::reject || action == Action::defer)
            explain_refusal(finding);
        return true;
    }
    void explain_refusal(const mail::Finding* finding)
    {
        const auto* type = finding ? finding_type(finding->name) : nullptr;
        const bool is_known = type && !type->enhanced.empty();
        verdict().enhanced = (verdict().action == Action::defer ? "4." : "5.")
            + (is_known ? filled(type->enhanced, finding->detail) : "7.1");
        if (!verdict().public_text.empty())
            return;
        verdict().public_text = type && !type->refusal.empty()
            ? filled(type->refusal, finding->detail)
            : std::string{refused_by_policy};
    }

    /// What the moment, the forwarder and the mode make of an action.
    void soften()
    {
        auto& said = verdict();
        if (moment_ == Moment::recipient && said.action != Action::reject
            && said.action != Action::defer)
            return go_on();
        if (said.action == Action::reject && mail_.client.is_trusted_forwarder) {
            if (moment_ == Moment::recipient)
                return go_on();
            said.action = said.step == Step::user_list ? Action::discard : Action::quarantine;
            said.public_text.clear();
            said.enhanced.clear();
        }
        if (policy_.mode == Mode::observe && said.action != Action::deliver) {
            said.rule = "observe: would " + std::string{mail::to_string(said.action)} + " ("
                + said.rule + ")";
            go_on();
        }
    }
    void go_on()
    {
        verdict().action = Action::deliver;
        verdict().public_text.clear();
        verdict().enhanced.clear();
    }

    const Policy& policy_;
    const mail::Mail& mail_;
    const mail::Findings& shared_;
    const mail::Findings& own_;
    Moment moment_;
    std::uint64_t bits_;
    bool is_inevitable_ = false;
    bool is_waiting_ = false; ///< an allow entry may yet prove to count
    Judgement judgement_;
};
}

Judgement judge(const Policy& policy, const mail::Mail& mail, const mail::Recipient& recipient,
                Moment moment)
{
    return Judge{policy, mail, recipient, moment}.judge();
}
}
