// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/adaptation.hpp"

#include "gateway/smtp/own_policy.hpp"

namespace smtp {
void adapt(mail::Verdict& verdict, const mail::Client& client, const Settings& settings,
           const ListenerSettings& listener)
{
    using mail::Action;
    if (client.is_inside && !concerns_our_own(verdict, listener.role))
        verdict = {};
    const bool has_quarantine = settings.has_quarantine;
    if (!has_quarantine && verdict.action == Action::quarantine
        && verdict.step != mail::Step::overriding)
        verdict.action = Action::tag;
    if (!client.is_trusted_forwarder || verdict.action != Action::reject)
        return;
    const bool is_discarded = !has_quarantine || listener.mixed == mail::Mixed::discard
        || verdict.step == mail::Step::user_list;
    verdict.action = is_discarded ? Action::discard : Action::quarantine;
}
}
