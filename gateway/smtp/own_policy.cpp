// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/own_policy.hpp"

#include "filters/finding_types.hpp"

#include <algorithm>

namespace smtp {
namespace {
/// The rule says what becomes of a finding on the ladder's first steps.
bool is_beyond_choice(const filters::Rule& rule)
{
    return std::ranges::any_of(rule.when.nodes, [](const auto& node) {
        const auto* type = node.kind == filters::Condition::Kind::fact
            ? filters::finding_type(node.name)
            : nullptr;
        return type && (type->is_overriding || type->is_spoofing);
    });
}
}

filters::Policy with_own(const filters::Policy& policy, const storage::OwnPolicy& own,
                         const OwnThresholds& bounds)
{
    auto mine = policy;
    if (own.is_off && bounds.may_switch_off) {
        std::erase_if(mine.rules, [](const auto& rule) { return !is_beyond_choice(rule); });
        mine.tag = mine.quarantine = mine.block = std::nullopt;
        return mine;
    }
    if (own.tag)
        mine.tag = std::clamp(*own.tag, bounds.least_tag, bounds.most_tag);
    if (own.quarantine)
        mine.quarantine
            = std::clamp(*own.quarantine, bounds.least_quarantine, bounds.most_quarantine);
    return mine;
}

RecipientPolicies::RecipientPolicies(const Context& context, const Snapshot& snapshot)
    : snapshot_{snapshot}, own_{context.preferences ? context.preferences->snapshot() : nullptr}
{ }

const filters::Policy& RecipientPolicies::of(const mail::Mailbox& owner)
{
    const auto& policy = snapshot_.policy.of(owner.domain());
    if (!own_)
        return policy;
    const auto own = own_->find(owner.key());
    if (own == own_->end())
        return policy;
    return made_.emplace_back(with_own(policy, own->second, snapshot_.settings.own_thresholds));
}

bool RecipientPolicies::is_own(const filters::Policy* policy) const
{
    return std::ranges::any_of(made_, [&](const auto& made) { return &made == policy; });
}
}
