// SPDX-License-Identifier: Apache-2.0
#include "filters/content/delivery_report.hpp"
#include "filters/counted_mails.hpp"
#include "filters/dead_addresses.hpp"
#include "filters/habit_table.hpp"
#include "filters/layer.hpp"
#include "filters/two_way_memory.hpp"
#include "filters/unread_bounces.hpp"
#include "gateway/mail/account.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view failed = "bounce.failed", original = "bounce.original",
                           returned = "bounce.returned", held_apart = mail::held_apart_fact,
                           unmatched = "bounce.unmatched", dead = "bounce.dead",
                           backscatter = "bounce.backscatter",
                           unsigned_ = "bounce.unsigned"; // found by smtp/session_rcpt
constexpr std::size_t most_read = 256 * 1024, most_told = 10, most_references = 20;

/// Written by a program in answer to another mail (RFC 3834, RFC 3464, and what is common).
bool is_answer_of_program(const mail::Header& header)
{
    const auto begins = [&](std::string_view name, std::string_view start) {
        const auto* field = header.find(name);
        const auto value = field ? mail::unfold(field->value) : std::string{};
        return value.size() >= start.size()
            && mail::equals_ignoring_case(std::string_view{value}.substr(0, start.size()), start);
    };
    return begins("Auto-Submitted", "auto-replied") || begins("Content-Type", "multipart/report")
        || begins("Precedence", "auto_reply") || header.find("X-Autoreply")
        || header.find("X-Autorespond") || header.find("X-Failed-Recipients")
        || begins("Return-Path", "<>");
}

/// Which mail a bounce is about, and whom it did not reach: read where messages are parsed.
class BounceContent final : public ContentLayer {
public:
    Findings inspect(const mail::Message& message, const Content&) const override
    {
        if (!is_answer_of_program(message.header()))
            return {};
        const auto report = content::read_delivery_report(message.body(most_read));
        Findings found;
        for (const auto& failure : report.failures)
            if (found.size() < most_told)
                found.push_back({.name = failed,
                                 .detail = failure.recipient.substr(0, 254),
                                 .evidence = (failure.status + " " + failure.text).substr(0, 500)});
        if (!report.message_id.empty())
            found.push_back({.name = original, .detail = report.message_id.substr(0, 500)});
        return found;
    }
};

/// What becomes of bounces and automatic answers: those that leave for whoever forged a mail go
/// nowhere (features O15), those that come back count for the account that sent (O6).
class Bounce final : public Layer {
public:
    /// An address that refuses all mail gets none for a while: who keeps writing to the dead is
    /// taken for a spammer (O6).
    Inspection inspect_recipient(const mail::Mail& mail,
                                 const mail::Recipient& recipient) const override
    {
        if (mail.direction != mail::Direction::outbound)
            return Findings{};
        const auto found = DeadAddresses::here().find(
            recipient.address.key(), std::chrono::floor<std::chrono::seconds>(mail.received_at));
        return found
            ? Findings{{.name = dead,
                        .detail = found->address,
                        .evidence = std::to_string(found->refusals) + " refusals: " + found->text}}
            : Findings{};
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        note_again(mail);
        auto* memory = TwoWayMemory::here();
        if (!memory || (mail.sender && !is_answer_of_program(mail.message.header())))
            return Findings{};
        auto about = ids_of(mail);
        if (about.empty())
            return Findings{};
        if (mail.direction == mail::Direction::outbound)
            return look_up(*memory, mail, std::move(about));
        auto failures = failures_of(mail);
        const bool is_bounce = !mail.sender && !failures.empty();
        if (mail.direction != mail::Direction::inbound || !is_bounce || mail.recipients.empty())
            return Findings{};
        return take_back(*memory, mail,
                         {.ids = std::move(about),
                          .sender = {},
                          .recipients = std::move(failures),
                          .reporter = reporter_of(mail)});
    }

private:
    static std::chrono::sys_seconds time_of(const mail::Mail& mail)
    {
        return std::chrono::floor<std::chrono::seconds>(mail.received_at);
    }
    /// Who writes again to where mail came back from (features O5); once however often it is tried.
    static void note_again(const mail::Mail& mail)
    {
        if (mail.direction != mail::Direction::outbound || !mail.sender)
            return;
        auto& unread = UnreadBounces::here();
        auto& counted = CountedMails::here();
        const auto sender = mail.sender->key();
        for (const auto& recipient : mail.recipients) {
            const auto address = recipient.address.key();
            if (!unread.came_back(sender, address, time_of(mail)))
                continue;
            const auto hash = CountedMails::hash_of(mail, "again " + address);
            if (!counted.holds(hash))
                unread.note_again(sender, address, time_of(mail));
            counted.note(mail.id, hash);
        }
    }
    static std::vector<std::string> ids_of(const mail::Mail& mail)
    {
        std::vector<std::string> ids;
        for (const auto& finding : mail.findings)
            if (finding.name == original)
                ids.push_back(finding.detail);
        for (const auto* name : {"In-Reply-To", "References"}) {
            const auto* field = mail.message.header().find(name);
            const auto value = field ? mail::unfold(field->value) : std::string{};
            for (std::size_t at = value.find('<'); at != value.npos; at = value.find('<', at + 1)) {
                const auto end = value.find('>', at);
                if (end == value.npos || ids.size() >= most_references)
                    break;
                ids.push_back(value.substr(at + 1, end - at - 1));
            }
        }
        return ids;
    }
    /// Keys.
    static std::vector<std::string> failures_of(const mail::Mail& mail)
    {
        std::vector<std::string> keys;
        for (const auto& finding : mail.findings)
            if (finding.name == failed)
                if (const auto address = mail::Mailbox::parse(finding.detail))
                    keys.push_back(address->key());
        return keys;
    }
    /// Our own servers bring bounces of many.
    static std::string reporter_of(const mail::Mail& mail)
    {
        const auto& ip = mail.client.ip;
        if (mail.client.is_inside)
            return mail.id.to_string();
        return mail::Network::of(ip, ip.is_v4() ? 24 : 64).to_string();
    }
    static void note_dead(const mail::Mail& mail, const std::vector<std::string>& written_to,
                          const std::string& sender)
    {
        const auto now = time_of(mail);
        for (const auto& finding : mail.findings)
            if (finding.name == failed) {
                const std::string_view text{finding.evidence};
                const auto address = mail::Mailbox::parse(finding.detail);
                if (address && std::ranges::find(written_to, address->key()) != written_to.end()
                    && is_unknown_mailbox(text.substr(0, text.find(' ')), text))
                    DeadAddresses::here().note_refusal(address->key(), sender, text, now);
            }
    }
    static awaitable<Findings> look_up(TwoWayMemory& memory, const mail::Mail& mail,
                                       std::vector<std::string> ids)
    {
        const auto known = co_await memory.known_by_id(std::move(ids), mail.received_at);
        Findings found;
        if (known.came_in && (known.was_spam || !known.was_proven))
            found.push_back({.name = backscatter,
                             .detail = known.was_spam ? "spam" : "unproven",
                             .evidence = "an answer to " + known.came_in->to_string()});
        co_return found;
    }
    /// Anybody outside may write a bounce: it counts where it knows which mail who sent to whom,
    /// and once. It goes to that one sender alone. Whoever got a mail can tell so much of all whom
    /// it names: for the brake one bounce of each mail counts from one network.
    static awaitable<Findings> take_back(TwoWayMemory& memory, const mail::Mail& mail,
                                         BounceClaim bounce)
    {
        const auto& recipient = mail.recipients.front();
        if (mail.recipients.size() == 1)
            bounce.sender = recipient.address.key();
        const auto ids = bounce.ids;
        const auto back = co_await memory.take_bounce(std::move(bounce), mail.received_at);
        Findings found;
        if (back.went_out && back.recipients.empty())
            found.push_back({.name = unmatched, .detail = failures_of(mail).front()});
        if (back.recipients.empty())
            co_return found;
        const auto owner = recipient.owner().key();
        auto of = co_await memory.departure_of(ids, back.recipients, true);
        if (of.account.empty())
            of.account = owner;
        if (of.list.empty() && is_of_list(recipient.address))
            of.list = list_name_in(recipient.address);
        const auto& who = of.list.empty() && of.alias.empty() ? owner : of.who();
        found.push_back({.name = returned, .detail = who});
        if (HabitTable::here().lock_of(of.account, mail.received_at))
            found.push_back({.name = held_apart, .detail = of.account});
        if (back.is_new) {
            if (back.is_first)
                HabitTable::here().note_bounce(owner, mail.received_at, {});
            note_dead(mail, back.recipients, who);
            note_account(mail, of, back.recipients);
        }
        co_return found;
    }
    /// Bounces of lists and of what is sent on are no account's to read.
    static void note_account(const mail::Mail& mail, const Departure& of,
                             const std::vector<std::string>& addresses)
    {
        if (!of.alias.empty() || !of.list.empty())
            return;
        for (const auto& address : addresses)
            UnreadBounces::here().note_bounce(of.account, mail.recipients.front().address.key(),
                                              address, time_of(mail));
    }
};

std::unique_ptr<Layer> make(const Settings&, Services&) { return std::make_unique<Bounce>(); }
std::unique_ptr<ContentLayer> make_content(const Settings&, Services&)
{
    return std::make_unique<BounceContent>();
}
}

extern const LayerType bounce{
    .name = "bounce",
    .summary = "Reads bounces: those of our mail count for its sender, those to forged senders go "
               "nowhere.",
    .findings = {
        {.name = failed,
         .english = "It reports that a mail did not reach {}.",
         .japanese = "{}に届かなかったという通知です。"},
        {.name = original,
         .english = "It is about the mail with the Message-ID {}.",
         .japanese = "Message-ID {} のメールに関する通知です。"},
        {.name = returned,
         .english = "A mail that {} sent came back.",
         .japanese = "{}が送ったメールが戻ってきました。"},
        {.name = held_apart,
         .english = "A mail of the account {} came back, which is locked: somebody else may have "
                    "sent it.",
         .japanese = "送信停止中のアカウント{}からのメールが戻ってきました。第三者が送った恐れがあります。",
         .is_overriding = true,
         .action = mail::Action::quarantine},
        {.name = unmatched,
         .english = "It reports that a mail of ours did not reach {}, and nobody sent it so.",
         .japanese = "当方のメールが{}に届かなかったと通知していますが、その送信記録はありません。"},
        {.name = dead,
         .english = "The address {} refused all mail of late.",
         .japanese = "{}宛てのメールは最近すべて拒否されています。",
         .is_spoofing = true,
         .enhanced = "1.1",
         .refusal = "{} does not exist any more: it refused our mail again and again"},
        {.name = backscatter,
         .english = "An automatic answer to mail whose sender may be forged ({}).",
         .japanese = "送信者が偽装された恐れのあるメールへの自動応答です({})。",
         .is_spoofing = true},
        {.name = unsigned_,
         .english = "A bounce to {} that answers no mail of ours: its return path is unsigned.",
         .japanese = "{}への不達通知ですが、宛先に署名がないため、当方のメールへの通知ではありません。",
         .is_spoofing = true,
         .refusal = "{} sent no mail that this bounce could answer"},
    },
    .settings = "",
    .after = {},
    .make = make,
    .make_content = make_content,
};
}
