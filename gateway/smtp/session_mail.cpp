// SPDX-License-Identifier: Apache-2.0
// One mail transaction: MAIL, RCPT, DATA or BDAT, judgement, delivery.
#include "filters/counted_mails.hpp"
#include "filters/scan/scanner.hpp"
#include "filters/two_way_memory.hpp"
#include "gateway/mail/account.hpp"
#include "gateway/smtp/adaptation.hpp"
#include "gateway/smtp/delivery.hpp"
#include "gateway/smtp/duplicates.hpp"
#include "gateway/smtp/identity.hpp"
#include "gateway/smtp/own_policy.hpp"
#include "gateway/smtp/record.hpp"
#include "gateway/smtp/refusal.hpp"
#include "gateway/smtp/session.hpp"

#include <fmt/format.h>

namespace smtp {
using filters::Incident;
using filters::Moment;
using mail::Action;
using mail::Reply;
using net::awaitable;

namespace {
milliseconds since(net::Env& env, std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration_cast<milliseconds>(env.now() - start);
}

/// There is no room to hold it, and a 5xx would bounce to a sender that may be forged: the
/// forwarder keeps it.
Reply too_large_for_forwarder() { return {452, "4.3.4", "message too large for this server"}; }

std::string timings_json(milliseconds layers, milliseconds relay)
{
    return fmt::format(R"({{"layers_ms":{},"relay_ms":{}}})", layers.count(), relay.count());
}

void count_time(Metrics& metrics, milliseconds took)
{
    static constexpr std::array<int, 11> bounds{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000};
    const auto place = std::ranges::lower_bound(bounds, took.count()) - bounds.begin();
    metrics.relay_time[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
}
}

awaitable<Reply> Session::mail_from(std::string_view argument)
{
    snapshot_ = context_.snapshot();
    has_tried_mail_ = true;
    has_taught_ = false;
    const auto command = parse_mail(argument, snapshot_->settings.limits.message);
    if (!command && command.error().code == 552 && client_.is_trusted_forwarder)
        co_return too_large_for_forwarder();
    if (!command)
        co_return command.error();
    auto mail = std::make_unique<mail::Mail>();
    mail->received_at = context_.env->wall_now();
    mail->id = context_.ids->next(mail->received_at);
    mail->listener = listener_name_;
    mail->direction = listener().role; // only an outbound listener's client hears of a failure
    mail->client = client_;
    mail->sender = command->sender;
    mail->parameters = command->parameters;
    if (!account_.empty())
        mail->findings.push_back(
            {.name = mail::account_fact, .detail = account_, .evidence = "by sign-in"});
    own_outgoing(*mail, snapshot_->settings); // for what is refused before its message is here
    if (auto refusal = must_sign_in())
        co_return *refusal;
    if (listener().role == mail::Direction::outbound && !client_.is_inside) {
        const Reply refusal
            = with_reference({550, "5.7.1", "this door is for the organisation's own servers"},
                             mail->id, snapshot_->settings.contact);
        const mail::Verdict verdict{
            .action = Action::reject, .step = mail::Step::overriding, .rule = "relay"};
        record_refusal(context_, *mail, "mail", {}, verdict, {}, refusal);
        co_return refusal;
    }
    if (const auto* scanner = context_.services->scanner;
        scanner && scanner->behind() > std::chrono::seconds{5}) {
        const Reply busy{451, "4.3.2", "busy, try again later"};
        const mail::Verdict verdict{
            .action = Action::defer, .step = mail::Step::overriding, .rule = "busy"};
        record_refusal(context_, *mail, "mail", {}, verdict, {}, busy);
        co_return busy;
    }
    co_await snapshot_->chain->inspect_sender(*mail);
    mail_ = std::move(mail);
    co_return Reply{250, "2.1.0", "sender ok"};
}

DataReader Session::reader(Framer::Ending ending)
{
    const auto& limits = snapshot_->settings.limits;
    // A listed forwarder would bounce a refusal of what is in a mail.
    const bool is_mended
        = client_.is_trusted_forwarder || is_listed(listener().normalise, client_.ip);
    const auto bad = is_mended ? BadOctets::mend : BadOctets::refuse;
    return {stream_, limits,
            BodyMemory{limits.bodies_in_memory, limits.bodies_in_files, limits.body_in_memory,
                       context_.data_directory, context_.pool},
            ending, bad};
}

awaitable<Reply> Session::data(std::string_view argument)
{
    if (!argument.empty())
        co_return Reply{501, "5.5.4", "DATA takes no argument"};
    say({354, "", "go ahead, end with <CRLF>.<CRLF>"});
    DataReader all = reader(Framer::Ending::dot);
    co_await all.read_data();
    co_return co_await finish(all);
}

awaitable<Reply> Session::bdat(std::string_view argument)
{
    const auto command = parse_bdat(argument);
    if (!command)
        co_return Reply{command.error().code, command.error().enhanced, command.error().text, true};
    const bool has_recipient = mail_ && !mail_->recipients.empty();
    if (!chunks_)
        chunks_ = std::make_unique<DataReader>(reader(Framer::Ending::counted));
    if (!has_recipient)
        chunks_->keep_nothing();
    // A refused chunk is still swallowed, or its octets would run as commands (RFC 3030 §2).
    co_await chunks_->read_chunk(command->size);
    if (!has_recipient) {
        chunks_.reset();
        ++commands_;
        co_return out_of_order(Verb::bdat, "MAIL and a valid RCPT first");
    }
    if (command->size == 0)
        ++idle_commands_;
    if (!command->is_last)
        co_return Reply{250, "2.0.0", fmt::format("{} octets received", command->size)};
    const auto all = std::move(chunks_);
    co_return co_await finish(*all);
}

/// The data is complete. Whatever becomes of it, the transaction ends here.
awaitable<Reply> Session::finish(DataReader& reader)
{
    Received received = co_await reader.take(context_.pool);
    mail_->message = std::move(received.message);
    context_.metrics.bytes.fetch_add(mail_->message.size(), std::memory_order_relaxed);
    Reply reply;
    if (auto refusal = refusal_of_data(received)) {
        reply = with_reference(std::move(*refusal), mail_->id, snapshot_->settings.contact);
        const mail::Verdict verdict{.action = reply.is_transient() ? Action::defer : Action::reject,
                                    .step = mail::Step::overriding,
                                    .rule = "data"};
        for (const auto& recipient : mail_->recipients)
            record_refusal(context_, *mail_, "data", recipient.address.to_string(), verdict, {},
                           reply);
    } else {
        reply = co_await judge_message(received);
    }
    mail_.reset();
    commands_ = idle_commands_ = 0;
    has_tried_mail_ = false;
    if (reply.is_positive())
        junk_commands_ = 0;
    co_return reply;
}

/// What a listed forwarder sends is mended, held or left with it, never refused for good (promise
/// §1).
std::optional<Reply> Session::refusal_of_data(const Received& received) const
{
    const auto& limits = snapshot_->settings.limits;
    if (received.refusal && received.refusal->code == 552 && client_.is_trusted_forwarder)
        return too_large_for_forwarder();
    if (received.refusal)
        return received.refusal;
    if (received.longest_line > limits.data_line && !client_.is_trusted_forwarder)
        return Reply{
            550, "5.6.0",
            fmt::format("the message holds a line of more than {} octets", limits.data_line)};
    return std::nullopt;
}

/// Facts that the framing of the data found.
void Session::add_data_findings(const Received& received)
{
    auto& findings = mail_->findings;
    const auto line = std::to_string(received.longest_line);
    if (received.longest_line > snapshot_->settings.limits.data_line)
        findings.push_back({.name = "data.too_long_line", .detail = line});
    else if (received.longest_line > 1000)
        findings.push_back({.name = "data.long_line", .detail = line});
    if (received.has_bare_line_end)
        findings.push_back({.name = "data.bare_line_end"});
    if (received.has_nul)
        findings.push_back({.name = "data.nul"});
}

awaitable<Reply> Session::judge_message(const Received& received)
{
    const auto start = context_.env->now();
    auto& mail = *mail_;
    filters::CountedMail counted{mail};
    add_data_findings(received);
    if (auto account = account_of(mail, snapshot_->settings))
        mail.findings.push_back(std::move(*account));
    co_await snapshot_->chain->inspect_message(mail);
    std::vector<filters::Judgement> judgements;
    std::vector<const filters::Policy*> policies;
    std::vector<mail::Verdict> verdicts;
    RecipientPolicies wanted{context_, *snapshot_};
    for (const auto& recipient : mail.recipients) {
        const auto& policy = wanted.of(recipient.owner());
        policies.push_back(&policy);
        judgements.push_back(judge(policy, mail, recipient, Moment::message));
        verdicts.push_back(judgements.back().verdict);
        adapt(verdicts.back(), client_, snapshot_->settings, listener());
    }
    const auto mixed = snapshot_->settings.has_quarantine ? listener().mixed : mail::Mixed::discard;
    mail::Settlement settlement
        = settle(verdicts, mixed, mail.id.to_string(), snapshot_->settings.contact);
    if (snapshot_->chain->must_defer(mail.findings) && !settlement.reply.is_permanent())
        settlement = {{451, "4.3.0", "a check could not be made now, try again later"}, false};
    learn(filters::lesson_of(policies, judgements));
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        mail.recipients[i].verdict = std::move(verdicts[i]);
    own_outgoing(mail, snapshot_->settings);
    // Before it goes on: it may be back from a forwarding address at once.
    if (auto* memory = filters::TwoWayMemory::here();
        memory && settlement.is_accepted && mail.direction == mail::Direction::inbound)
        memory->remember(mail);
    const auto layers_took = since(*context_.env, start);
    Delivered delivered{std::move(settlement.reply),
                        std::vector<std::string>(mail.recipients.size())};
    if (settlement.is_accepted)
        delivered = co_await deliver();
    if (delivered.reply.is_positive())
        counted.note_taken();
    const auto took = since(*context_.env, start);
    count_time(context_.metrics, took);
    const auto record = MessageRecord::of(mail, "data");
    for (std::size_t i = 0; i < mail.recipients.size(); ++i)
        record_recipient(context_, record, mail, i + 1, mail.recipients[i], judgements[i],
                         delivered.reply, std::move(delivered.fates[i]),
                         timings_json(layers_took, took - layers_took));
    co_return delivered.reply;
}

/// What was judged becomes its senders' reputation, where the policy asks for one.
void Session::learn(filters::Lesson lesson)
{
    const auto& layers = snapshot_->policy.layers;
    if (!context_.services->ledgers || client_.is_inside
        || std::ranges::find(layers, "reputation") == layers.end())
        return;
    auto keys = filters::reputation_keys(*mail_);
    if (client_.is_trusted_forwarder) // what it passes on is not its own
        std::erase_if(keys, [](const auto& key) { return !key.starts_with("domain "); });
    filters::Reputation{context_.services->ledgers->reputation}.learn(keys, lesson, 1,
                                                                      mail_->received_at);
}

/// Delivers what settle() accepted, once: a transaction the client repeats because it did not hear
/// our 250 gets the first answer again.
awaitable<Delivered> Session::deliver()
{
    auto& mail = *mail_;
    const auto budget = context_.env->now() + snapshot_->settings.delivery.budget;
    const auto hash = co_await transaction_hash(context_, mail);
    const bool is_hashed = hash != storage::TransactionHash{};
    std::optional<mail::MailId> earlier;
    if (is_hashed)
        earlier = co_await earlier_delivery(context_, hash, budget);
    Delivered delivered;
    if (earlier) {
        context_.metrics.duplicates_suppressed.fetch_add(1, std::memory_order_relaxed);
        delivered = {{250, "2.0.0", earlier->to_string() + " accepted"},
                     std::vector<std::string>(mail.recipients.size(),
                                              "already taken as " + earlier->to_string())};
    } else {
        Delivery delivery{context_, snapshot_, listener()};
        delivered = co_await delivery.accept(mail, hash);
    }
    if (delivered.reply.is_positive()) {
        context_.metrics.messages.fetch_add(1, std::memory_order_relaxed);
        observe(Incident::message_accepted);
        if (is_hashed)
            unconfirmed_ = Unconfirmed{hash, earlier.value_or(mail.id),
                                       stream_.buffered() > 0 || stream_.readable_now() > 0};
    }
    co_return delivered;
}
}
