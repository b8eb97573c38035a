// SPDX-License-Identifier: Apache-2.0
// The recipients of one mail: whom we take mail for, and what layers and policy say of each.
#include "gateway/smtp/envelope.hpp"
#include "gateway/smtp/own_policy.hpp"
#include "gateway/smtp/record.hpp"
#include "gateway/smtp/refusal.hpp"
#include "gateway/smtp/session.hpp"

#include <algorithm>

namespace smtp {
using filters::Incident;
using filters::Moment;
using mail::Action;
using mail::Reply;
using net::awaitable;

namespace {
Reply refusal_of(const mail::Verdict& verdict, mail::MailId id, const std::string& contact)
{
    const bool is_deferral = verdict.action == Action::defer;
    Reply reply{is_deferral ? 450 : 550, verdict.enhanced, verdict.public_text};
    if (reply.enhanced.empty())
        reply.enhanced = is_deferral ? "4.7.1" : "5.7.1";
    if (reply.text.empty())
        reply.text = is_deferral ? "not now, try again later" : "not accepted here";
    return with_reference(std::move(reply), id, contact);
}
}

/// Never an open relay: inbound mail goes to configured domains only; tricks in local parts were
/// refused by the parser.
std::expected<mail::Mailbox, Reply> Session::accepted_address(const RcptCommand& command) const
{
    const auto& settings = snapshot_->settings;
    const Reply denied
        = with_reference({550, "5.7.1", "relaying denied"}, mail_->id, settings.contact);
    if (!command.address) {
        if (settings.domains.empty())
            return std::unexpected{denied};
        return *mail::Mailbox::parse("postmaster@" + settings.domains.begin()->first);
    }
    const auto& address = *command.address;
    if (const auto srs = srs_of(context_, settings); srs && srs->is_meant(address))
        return forwarded_sender(*srs, address);
    const bool is_own = settings.domains.contains(address.domain().ascii());
    if (is_own && ReturnPaths::is_signed(address))
        return signer_of(address);
    const bool may_relay
        = client_.is_inside && listener().role == mail::Direction::outbound && settings.outbound;
    if (!is_own && !may_relay)
        return std::unexpected{denied};
    return address;
}

/// A bounce of mail that we forwarded goes on to whoever sent it; nothing but bounces may.
std::expected<mail::Mailbox, Reply> Session::forwarded_sender(const Srs& srs,
                                                              const mail::Mailbox& address) const
{
    const auto& settings = snapshot_->settings;
    auto sender = mail_->sender ? std::nullopt : srs.reverse(address, mail_->received_at);
    const bool has_way
        = sender && (settings.outbound || settings.domains.contains(sender->domain().ascii()));
    if (has_way)
        return *std::move(sender);
    return std::unexpected{with_reference(
        {550, "5.1.1", "this address takes bounces of its own only"}, mail_->id, settings.contact)};
}

/// Whose envelope sender it was when a mail left.
std::expected<mail::Mailbox, Reply> Session::signer_of(const mail::Mailbox& address) const
{
    if (auto signer = return_paths_of(context_).verify(address, mail_->received_at))
        return *std::move(signer);
    return std::unexpected{
        with_reference({550, "5.1.1", "this address is no signed one of ours, or an old one"},
                       mail_->id, snapshot_->settings.contact)};
}

/// A bounce that comes to an address itself, where our mail leaves under signed ones only; that of
/// an address too long or quoted leaves as it is.
bool Session::is_unsigned_bounce(const RcptCommand& command, const mail::Mailbox& owner) const
{
    if (mail_->sender || mail_->direction != mail::Direction::inbound || !command.address
        || ReturnPaths::is_signed(*command.address))
        return false;
    const auto& domains = snapshot_->settings.domains;
    const auto domain = domains.find(owner.domain().ascii());
    return domain != domains.end() && domain->second.signs_return_paths
        && return_paths_of(context_).sign(*command.address, mail_->received_at);
}

/// Layers and policy on one recipient. A reply is a refusal, recorded.
std::optional<Reply> Session::judge_recipient(mail::Recipient& recipient)
{
    RecipientPolicies policies{context_, *snapshot_};
    auto judgement = judge(policies.of(recipient.owner()), *mail_, recipient, Moment::recipient);
    if (client_.is_inside && !concerns_our_own(judgement.verdict, mail_->direction))
        return std::nullopt;
    const auto action = judgement.verdict.action;
    if (action != Action::reject && action != Action::defer)
        return std::nullopt;
    Reply reply = refusal_of(judgement.verdict, mail_->id, snapshot_->settings.contact);
    record_refusal(context_, *mail_, "rcpt", recipient.address.to_string(), judgement.verdict,
                   recipient.findings, reply);
    const auto lesson = filters::lesson_of_refusal(judgement.verdict);
    if (lesson != filters::Lesson::none && !std::exchange(has_taught_, true))
        learn(lesson);
    const bool is_unknown
        = std::ranges::any_of(recipient.findings, [](const mail::Finding& finding) {
              return finding.name == "recipients.unknown";
          });
    if (auto end = observe(is_unknown ? Incident::unknown_recipient : Incident::refused_recipient))
        return end;
    return reply;
}

/// Whose mailbox it is, and under which name the next hop hears of it.
awaitable<void> Session::resolve_owner(mail::Recipient& recipient)
{
    auto owner = co_await context_.services->recipients->owner(recipient.address);
    if (owner == recipient.address)
        co_return;
    const auto& domains = snapshot_->settings.domains;
    const auto domain = domains.find(recipient.address.domain().ascii());
    const bool is_rewritten = domain != domains.end() && domain->second.is_rewritten;
    if (is_rewritten)
        recipient.address = std::move(owner);
    else
        recipient.canonical = std::move(owner);
}

awaitable<Reply> Session::rcpt_to(std::string_view argument)
{
    const auto command = parse_rcpt(argument, mail_->parameters.is_smtputf8);
    if (!command)
        co_return command.error();
    const auto& limits = snapshot_->settings.limits;
    const auto limit = client_.is_inside ? limits.recipients
                                         : std::min(limits.recipients, limits.recipients_unknown);
    if (mail_->recipients.size() >= limit)
        co_return Reply{452, "4.5.3", "too many recipients in one transaction"};
    auto address = accepted_address(*command);
    if (!address) {
        const std::string tried = command->address ? command->address->to_string() : "postmaster";
        const mail::Verdict verdict{
            .action = Action::reject, .step = mail::Step::overriding, .rule = "relay"};
        record_refusal(context_, *mail_, "rcpt", tried, verdict, {}, address.error());
        if (auto end = observe(Incident::refused_recipient))
            co_return *end;
        co_return address.error();
    }
    mail::Recipient recipient{std::move(*address), command->notify, command->orcpt, {}, {}};
    if (is_unsigned_bounce(*command, recipient.address))
        recipient.findings.push_back(
            {.name = "bounce.unsigned", .detail = recipient.address.key()});
    if (snapshot_->settings.has_aliases && context_.services->recipients)
        co_await resolve_owner(recipient);
    co_await snapshot_->chain->inspect_recipient(*mail_, recipient);
    if (auto refusal = judge_recipient(recipient))
        co_return *refusal;
    mail_->recipients.push_back(std::move(recipient));
    co_return Reply{250, "2.1.5", "recipient ok"};
}
}
