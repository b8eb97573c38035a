// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/offline_judge.hpp"

#include "filters/counted_mails.hpp"
#include "filters/layer.hpp"
#include "filters/mail_date.hpp"
#include "filters/originating_client.hpp"

#include <algorithm>
#include <array>

namespace app::commands {
namespace {
/// An address that is no client of anybody (RFC 5737), where nothing is known.
constexpr std::string_view unknown_client = "192.0.2.1";

double milliseconds_since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

/// Who handed the message over and when, as far as its Received fields say: "from HELO (… [IP]) by
/// …; DATE". The topmost field has the time; the topmost that names an outside address has the
/// client. Without any, the author's own Date is all there is.
void read_received(mail::Mail& mail)
{
    bool has_time = false;
    if (const auto* date = mail.message.header().find("Date");
        date != nullptr && mail.message.header().count("Received") == 0)
        if (const auto written = filters::parse_mail_date(mail::unfold(date->value)))
            mail.received_at = std::min(mail.received_at, *written);
    for (const auto& field : mail.message.header().fields()) {
        if (!field.is("Received"))
            continue;
        const auto value = mail::unfold(field.value);
        const auto date = filters::parse_mail_date(value.substr(value.rfind(';') + 1));
        if (date && !std::exchange(has_time, true))
            mail.received_at = *date;
        auto from = filters::read_received(value);
        if (!from.ip || !filters::is_public(*from.ip))
            continue;
        mail.client.ip = *from.ip;
        mail.client.helo = std::move(from.helo);
        return;
    }
}

/// A heap on disk has no traffic: what guards a listener against too much of it says nothing here.
void drop_traffic_facts(mail::Findings& findings)
{
    std::erase_if(findings, [](const mail::Finding& finding) {
        return std::ranges::any_of(filters::layer_types(), [&](const auto* type) {
            return type->is_listener_layer && finding.name.starts_with(type->name)
                && finding.name.substr(type->name.size()).starts_with('.');
        });
    });
}

std::optional<mail::Mailbox> mailbox_of(std::string text)
{
    const auto first = text.find_first_not_of(" \t<"), last = text.find_last_not_of(" \t>");
    if (first == text.npos || last < first)
        return {};
    auto mailbox = mail::Mailbox::parse(text.substr(first, last - first + 1));
    return mailbox ? std::optional{std::move(*mailbox)} : std::nullopt;
}

mail::ReversePath sender_of(const mail::Message& message)
{
    if (const auto* path = message.header().find("Return-Path"))
        return mailbox_of(mail::unfold(path->value));
    const auto* from = message.header().find("From");
    if (from == nullptr)
        return {};
    const auto list = mail::parse_address_list(from->value);
    return list.entries.empty() ? mail::ReversePath{} : list.entries.front().mailbox;
}
}

std::string problem_of(const Envelope& envelope)
{
    if (!envelope.client.empty() && !mail::Ip::parse(envelope.client))
        return "--client " + envelope.client + ": wants an IP address";
    if (!envelope.sender.empty() && envelope.sender != "<>" && !mailbox_of(envelope.sender))
        return "--from " + envelope.sender + ": wants an address";
    for (const auto& recipient : envelope.recipients)
        if (!mailbox_of(recipient))
            return "--to " + recipient + ": wants an address";
    return {};
}

const filters::Policy& OfflineJudge::policy_of(const mail::Recipient& recipient) const
{
    return snapshot_.policy.of(recipient.address.domain());
}

std::vector<mail::Mailbox> OfflineJudge::recipients_of(const mail::Mail& mail) const
{
    std::vector<mail::Mailbox> found;
    for (const auto& text : envelope_.recipients)
        if (auto mailbox = mailbox_of(text))
            found.push_back(std::move(*mailbox));
    if (!found.empty())
        return found;
    const auto& header = mail.message.header();
    for (const auto name : {"X-Envelope-To", "X-Original-To", "Delivered-To"})
        if (const auto* field = header.find(name))
            if (auto mailbox = mailbox_of(mail::unfold(field->value)))
                return {std::move(*mailbox)};
    if (const auto* to = header.find("To"))
        for (const auto& entry : mail::parse_address_list(to->value).entries)
            return {entry.mailbox};
    const auto& domains = snapshot_.settings.domains;
    const auto domain = domains.empty() ? std::string{"example.test"} : domains.begin()->first;
    return {*mail::Mailbox::parse("postmaster@" + domain)};
}

void OfflineJudge::fill_envelope(mail::Mail& mail) const
{
    mail.listener = "scan";
    mail.direction = envelope_.direction;
    mail.client.ip = *mail::Ip::parse(unknown_client);
    mail.client.is_esmtp = true;
    mail.client.is_inside = envelope_.direction == mail::Direction::outbound;
    read_received(mail);
    if (!envelope_.client.empty())
        mail.client.ip = *mail::Ip::parse(envelope_.client);
    if (!envelope_.helo.empty())
        mail.client.helo = envelope_.helo;
    if (envelope_.sender.empty())
        mail.sender = sender_of(mail.message);
    else if (envelope_.sender != "<>")
        mail.sender = mailbox_of(envelope_.sender);
    for (auto& address : recipients_of(mail))
        mail.recipients.push_back({std::move(address)});
}

net::awaitable<Judged> OfflineJudge::judge(RawMessage raw)
{
    Judged judged;
    judged.number = raw.number;
    judged.path = std::move(raw.path);
    judged.problem = std::move(raw.problem);
    auto& mail = judged.mail;
    mail.received_at = std::chrono::system_clock::now();
    mail.id = ids_.next(mail.received_at);
    if (!judged.problem.empty())
        co_return judged;
    const auto start = std::chrono::steady_clock::now();
    mail.message = mail::Message::from_text(with_crlf(raw.text));
    raw.text.clear();
    raw.text.shrink_to_fit();
    fill_envelope(mail);
    judged.parse_ms = milliseconds_since(start);
    const auto& chain = *snapshot_.chain;
    const auto layers_start = std::chrono::steady_clock::now();
    co_await chain.inspect_sender(mail);
    for (auto& recipient : mail.recipients)
        co_await chain.inspect_recipient(mail, recipient);
    co_await chain.inspect_message(mail);
    filters::CountedMails::here().settle(mail, true); // nobody tries it again
    drop_traffic_facts(mail.findings);
    for (auto& recipient : mail.recipients) {
        drop_traffic_facts(recipient.findings);
        auto judgement
            = filters::judge(policy_of(recipient), mail, recipient, filters::Moment::message);
        if (chain.must_defer(mail.findings) || chain.must_defer(recipient.findings)) {
            judgement.verdict.action = mail::Action::defer;
            judgement.verdict.rule = "a layer failed that must not be passed over";
        }
        recipient.verdict = judgement.verdict;
        judged.judgements.push_back(std::move(judgement));
    }
    judged.layers_ms = milliseconds_since(layers_start);
    co_return judged;
}
}
