// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/envelope.hpp"

#include <algorithm>

namespace smtp {
std::optional<Srs> srs_of(const Context& context, const Settings& settings)
{
    if (!settings.srs)
        return {};
    return Srs{*settings.srs, "srs " + std::to_string(context.secret)};
}

ReturnPaths return_paths_of(const Context& context)
{
    return ReturnPaths{"prvs " + std::to_string(context.secret)};
}

mail::ReversePath signed_sender(const Context& context, const Settings& settings,
                                const mail::Mail& mail, const mail::Mailbox& recipient)
{
    if (mail.direction != mail::Direction::outbound || !mail.sender
        || settings.domains.contains(recipient.domain().ascii()))
        return {};
    const auto domain = settings.domains.find(mail.sender->domain().ascii());
    const auto srs = srs_of(context, settings);
    if (domain == settings.domains.end() || !domain->second.signs_return_paths
        || (srs && srs->is_meant(*mail.sender)))
        return {};
    return return_paths_of(context).sign(*mail.sender, context.env->wall_now());
}

mail::ReversePath envelope_sender(const Context& context, const Settings& settings,
                                  const mail::Mail& mail)
{
    const auto is_own = [&](const mail::Mailbox& address) {
        return settings.domains.contains(address.domain().ascii());
    };
    if (mail.direction != mail::Direction::outbound || !mail.sender)
        return mail.sender;
    const auto fact
        = std::ranges::find(mail.findings, "sender.envelope_rewritten", &mail::Finding::name);
    if (fact != mail.findings.end())
        if (auto own = mail::Mailbox::parse(fact->detail))
            return *std::move(own);
    const auto srs = srs_of(context, settings);
    const bool leaves = std::ranges::any_of(
        mail.recipients, [&](const auto& recipient) { return !is_own(recipient.address); });
    if (!srs || !leaves || is_own(*mail.sender))
        return mail.sender;
    auto made = srs->forward(*mail.sender, mail.received_at);
    return made ? mail::ReversePath{std::move(made)} : mail.sender;
}
}
