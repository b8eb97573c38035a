// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/attempt.hpp"

#include "gateway/smtp/bounce.hpp"
#include "gateway/smtp/conditions.hpp"
#include "gateway/smtp/delivery.hpp"
#include "gateway/smtp/duplicates.hpp"
#include "gateway/smtp/envelope.hpp"
#include "gateway/smtp/record.hpp"
#include "gateway/smtp/reputation_refusal.hpp"
#include "gateway/smtp/sent_copies.hpp"
#include "gateway/smtp/unrouted.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace smtp {
namespace {
using Result = storage::Attempt::Outcome;

std::vector<storage::RowId> ids_of(const Batch& batch)
{
    std::vector<storage::RowId> ids;
    for (const auto& row : batch)
        ids.push_back(row.id);
    return ids;
}

/// The stored rows as a mail again, fit for Client::deliver.
mail::Mail rebuilt(const Batch& batch, mail::Message message)
{
    mail::Mail mail;
    const auto& first = batch.front();
    mail.id = first.id.mail;
    mail.received_at = first.received_at;
    mail.direction = first.direction;
    mail.sender = first.sender;
    mail.parameters = first.parameters;
    mail.client.ip = mail::Ip::parse(first.client).value_or(mail::Ip{});
    mail.message = std::move(message);
    for (const auto& row : batch)
        if (auto address = mail::Mailbox::parse(row.address))
            mail.recipients.push_back(
                {.address = std::move(*address), .notify = row.notify, .orcpt = row.orcpt});
    return mail;
}

/// The reply that counts for the row at `index`: its own where it has one, else the one that
/// decided.
mail::Reply reply_for(const Outcome& outcome, std::size_t index)
{
    const bool has_own = index < outcome.recipients.size()
        && (outcome.is_delivered || !outcome.recipients[index].is_positive());
    return has_own ? outcome.recipients[index] : outcome.reply;
}

/// The same for all recipients of a mail, so that they are tried together again, and what becomes
/// of them is told together.
std::uint64_t chance(const storage::Row& row)
{
    const auto mixed = (row.id.mail.value() + row.attempts) * 0x9E3779B97F4A7C15ULL;
    return mixed >> 32;
}

storage::Attempt verdict_on(const storage::Row& row, const mail::Reply& reply,
                            const Outcome& outcome, const DeliverySettings& settings, net::Env& env)
{
    const auto now = env.wall_now();
    storage::Attempt attempt;
    attempt.row = row.id;
    attempt.reply
        = fmt::format("{}: {} {} {}", outcome.server, reply.code, reply.enhanced, reply.text);
    if (outcome.is_delivered && reply.is_positive()) {
        attempt.outcome = Result::delivered;
    } else if (reply.is_permanent()) {
        attempt.outcome = Result::held;
        attempt.reason = "delivery.refused";
    } else if (now - row.since >= settings.give_up) { // released mail has all its time again
        attempt.outcome = Result::held;
        attempt.reason = "delivery.expired";
    } else {
        attempt.next_attempt = next_attempt(settings, row.attempts, now, chance(row));
        attempt.is_unreachable = is_unreached(outcome);
    }
    return attempt;
}

/// Forwarded mail has a sender of ours that stands for a stranger's, who may be forged.
bool stands_for_another(const Context& context, const Snapshot& snapshot, const storage::Row& row)
{
    const auto srs = srs_of(context, snapshot.settings);
    return srs && srs->is_meant(*row.sender);
}

/// The organisation's own sender is to be told of it; the failed row is then finished.
bool is_to_be_told(const Context& context, const Snapshot& snapshot, const storage::Row& row,
                   const storage::Attempt& attempt)
{
    return attempt.outcome == Result::held && may_bounce(row)
        && snapshot.settings.domains.contains(row.sender->domain().ascii())
        && !stands_for_another(context, snapshot, row);
}

/// What left has been sent, also where nobody could say so when it came, since it was held.
net::awaitable<void> note_sent(Context& context, const Settings& settings, const Batch& batch,
                               const std::vector<storage::Attempt>& attempts,
                               const mail::Message& message)
{
    std::optional<storage::TransactionHash> copy;
    for (const auto& row : batch) {
        const auto attempt = std::ranges::find(attempts, row.id, &storage::Attempt::row);
        if (attempt == attempts.end() || attempt->outcome != Result::delivered
            || SentCopies::here().note_left(row.id))
            continue;
        const auto recipient = mail::Mailbox::parse(row.address);
        if (row.direction != mail::Direction::outbound || !recipient
            || settings.domains.contains(recipient->domain().ascii()))
            continue;
        if (!copy)
            copy = co_await copy_hash(context, message);
        if (*copy != storage::TransactionHash{})
            SentCopies::here().note(copy_for(context, *copy, *recipient),
                                    {row.id, false, context.env->now()});
    }
}

/// What an answer from outside says of us, and of whoever sent the mail.
void notice(Context& context, const Settings& settings, const storage::Row& row,
            const Outcome& outcome, std::size_t index)
{
    const auto recipient = mail::Mailbox::parse(row.address);
    if (!recipient || outcome.stage == Outcome::Stage::connect
        || settings.domains.contains(recipient->domain().ascii()))
        return;
    notice_answer(*recipient, row.sender, row.direction, answer_for(outcome, index),
                  context.env->wall_now());
}

/// Relays the batch. Without a route that is an answer for now, of our own. Throws where the
/// message cannot be read.
net::awaitable<Outcome> send(Context& context, const SnapshotPointer& snapshot, const Batch& batch,
                             mail::Mail& mail)
{
    const auto& delivery = snapshot->settings.delivery;
    Outcome outcome;
    outcome.server = "queue";
    outcome.stage = Outcome::Stage::rcpt;
    mail = rebuilt(batch, co_await context.store->message(batch.front().id.mail));
    outcome.reply = {451, "4.4.4", "no route to this domain is configured"};
    if (mail.recipients.size() != batch.size())
        co_return outcome; // replies are told apart by their place: all of them or none
    Outgoing outgoing{&mail, {}, &batch.front().stamp, delivery.in_doubt};
    for (const auto& recipient : mail.recipients)
        outgoing.recipients.push_back(&recipient);
    const auto& first = mail.recipients.front().address;
    outgoing.signed_sender = signed_sender(context, snapshot->settings, mail, first);
    const auto route = route_of(snapshot->settings, first);
    std::optional<Lease> lease;
    if (route)
        outcome = co_await relay(context, route, outgoing, false,
                                 context.env->now() + delivery.budget * 4, lease);
    else
        Unrouted::here().add(first.domain().ascii());
    co_return outcome;
}

/// What a person held or removed since the store handed it out is the person's affair.
net::awaitable<void> drop_what_waits_no_more(Context& context, Batch& batch)
{
    const auto waiting = co_await context.store->still_waiting(ids_of(batch));
    Batch dropped;
    std::erase_if(batch, [&](storage::Row& row) {
        const bool is_dropped = std::ranges::find(waiting, row.id) == waiting.end();
        if (is_dropped)
            dropped.push_back(std::move(row));
        return is_dropped;
    });
    if (!dropped.empty())
        co_await context.store->give_back(ids_of(dropped));
}

net::awaitable<RouteState> deliver_and_record(Context& context, SnapshotPointer snapshot,
                                              Batch& batch, FailureNotices* notices)
{
    co_await drop_what_waits_no_more(context, batch);
    if (batch.empty())
        co_return RouteState::answers;
    const auto start = context.env->now();
    mail::Mail mail;
    const Outcome outcome = co_await send(context, snapshot, batch, mail);
    if (outcome.is_paced) { // no attempt at all
        co_await context.store->give_back(ids_of(batch));
        co_return RouteState::answers;
    }
    const auto took = std::chrono::duration_cast<milliseconds>(context.env->now() - start);
    co_await record_outcome(context, snapshot, batch, mail.message, outcome, took, notices);
    co_return outcome.is_delivered ? RouteState::takes
        : is_unreached(outcome)    ? RouteState::fails
                                   : RouteState::answers;
}
}

bool is_unreached(const Outcome& outcome)
{
    return outcome.stage == Outcome::Stage::connect || outcome.has_failed;
}

void alert_held(storage::RowId row, std::string_view address, std::string_view reason,
                std::string_view reply)
{
    spdlog::error("{} for {} is held: {}: {}", row.to_string(), escaped(address), escaped(reason),
                  escaped(reply));
    Conditions::here().note("delivery.held", row.to_string(),
                            fmt::format("{}, {}: {}", address, reason, reply));
}

void note_attempt(Context& context, const Attempted& attempted)
{
    const auto& [row, attempt, reply, server, took] = attempted;
    const std::string_view word = attempt.outcome == Result::delivered ? "delivered"
        : attempt.outcome == Result::held      ? std::string_view{attempt.reason}
        : attempt.outcome == Result::discarded ? "bounced"
                                               : "retry";
    log_attempt(row.id.mail, row.address, server, word, reply, took);
    context.history->note_delivery(row.id, fmt::format("{}: {}", word, attempt.reply));
    auto& counter = attempt.outcome == Result::delivered ? context.metrics.relayed
                                                         : context.metrics.attempts_failed;
    counter.fetch_add(1, std::memory_order_relaxed);
    if (attempt.outcome != Result::held)
        return;
    // An alert that cannot be delivered must not be the cause of the next one.
    if (!row.sender && row.client == mail::Ip{}.to_string())
        spdlog::error("own mail {} for {} is held: {}", row.id.to_string(), row.address,
                      escaped(attempt.reply));
    else
        alert_held(row.id, row.address, attempt.reason, attempt.reply);
}

net::awaitable<void> record_outcome(Context& context, const SnapshotPointer& snapshot,
                                    const Batch& batch, const mail::Message& message,
                                    const Outcome& outcome, milliseconds took,
                                    FailureNotices* notices)
{
    const auto& settings = snapshot->settings;
    std::vector<storage::Attempt> attempts;
    FailedMail failed;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const mail::Reply reply = reply_for(outcome, i);
        Attempted attempted{.row = batch[i],
                            .attempt
                            = verdict_on(batch[i], reply, outcome, settings.delivery, *context.env),
                            .reply = reply,
                            .server = outcome.server,
                            .took = took};
        notice(context, settings, batch[i], outcome, i);
        if (is_to_be_told(context, *snapshot, batch[i], attempted.attempt)) {
            failed.failures.push_back(std::move(attempted));
            continue;
        }
        note_attempt(context, attempted);
        attempts.push_back(std::move(attempted.attempt));
    }
    co_await note_sent(context, settings, batch, attempts, message);
    if (!attempts.empty())
        co_await context.store->record(std::move(attempts));
    if (failed.failures.empty())
        co_return;
    failed.header = message.header_block();
    if (notices)
        notices->add(std::move(failed), context.env->now());
    else
        co_await tell_of_failures(context, snapshot, std::move(failed));
}

storage::WallTime next_attempt(const DeliverySettings& settings, unsigned attempts,
                               storage::WallTime now, std::uint64_t chance)
{
    milliseconds pause{60'000};
    if (!settings.retry.empty())
        pause = settings.retry[std::min<std::size_t>(attempts, settings.retry.size() - 1)];
    const auto spread = static_cast<std::int64_t>(chance % 201) - 100; // thousandths: ±10 %
    return now + pause + pause * spread / 1000;
}

namespace {
/// The store or the system cannot serve now: the rows come again. Any other failure comes again
/// too, each time, so the rows are held for a person to see.
net::awaitable<void> put_aside(Context& context, const SnapshotPointer& snapshot,
                               const Batch& batch, bool is_passing, std::string problem)
{
    try {
        co_await net::sleep(std::chrono::seconds{5});
        if (is_passing)
            co_return co_await context.store->give_back(ids_of(batch));
        Outcome outcome;
        outcome.server = "queue";
        outcome.reply = {451, "4.3.0", problem};
        std::vector<storage::Attempt> attempts;
        for (const auto& row : batch) {
            auto attempt = verdict_on(row, outcome.reply, outcome, snapshot->settings.delivery,
                                      *context.env);
            attempt.outcome = Result::held;
            attempt.reason = "delivery.failed";
            note_attempt(context, {row, attempt, outcome.reply, outcome.server, {}});
            attempts.push_back(std::move(attempt));
        }
        co_await context.store->record(std::move(attempts));
    } catch (const std::exception& error) {
        spdlog::error("giving rows back to the store: {}", error.what());
    }
}
}

net::awaitable<RouteState> attempt_delivery(Context& context, SnapshotPointer snapshot, Batch batch,
                                            FailureNotices* notices)
{
    const auto id = batch.front().id.mail;
    std::string problem;
    bool is_passing = false;
    try {
        co_return co_await deliver_and_record(context, snapshot, batch, notices);
    } catch (const storage::Unavailable& error) {
        is_passing = true;
        problem = error.what();
    } catch (const std::system_error& error) {
        is_passing = error.code() != std::errc::no_such_file_or_directory;
        problem = error.what();
    } catch (const std::exception& error) {
        problem = error.what();
    }
    spdlog::error("{}: delivery attempt failed: {}", id.to_string(), problem);
    co_await put_aside(context, snapshot, batch, is_passing, std::move(problem));
    co_return RouteState::answers;
}
}
