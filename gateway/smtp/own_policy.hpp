// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "gateway/smtp/context.hpp"
#include "storage/preferences.hpp"

#include <deque>

namespace smtp {
/// The policy of a domain as one person wants it, within the administrator's bounds. Switched off
/// it keeps what the ladder never lets anybody override, forged own domains, and the lists.
filters::Policy with_own(const filters::Policy& policy, const storage::OwnPolicy& own,
                         const OwnThresholds& bounds);

/// The policies of a mail's recipients, with what those want of their own. Stays where it is.
class RecipientPolicies {
public:
    /// Both must outlive it.
    RecipientPolicies(const Context& context, const Snapshot& snapshot);
    const filters::Policy& of(const mail::Mailbox& owner);
    /// Whether one that `of` gave is of a person, beside the domain's.
    bool is_own(const filters::Policy* policy) const;

private:
    const Snapshot& snapshot_;
    std::shared_ptr<const storage::OwnPolicies> own_;
    std::deque<filters::Policy> made_;
};

/// Whether a verdict holds for clients from inside, too: what nothing overrides, and outbound what
/// is said of forged senders.
inline bool concerns_our_own(const mail::Verdict& verdict, mail::Direction direction)
{
    return verdict.step == mail::Step::overriding
        || (direction == mail::Direction::outbound && verdict.step == mail::Step::spoofing);
}
}
