// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/delivery.hpp"

#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/destination.hpp"
#include "gateway/smtp/envelope.hpp"
#include "gateway/smtp/late_reply.hpp"
#include "gateway/smtp/mx.hpp"
#include "gateway/smtp/pace.hpp"
#include "gateway/smtp/refusal.hpp"
#include "gateway/smtp/signing.hpp"
#include "gateway/smtp/stamping.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace smtp {
namespace {
using mail::Action;
using mail::Reply;
using std::chrono::duration_cast;

void count(Metrics::Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

bool is_relayed(Action action) { return action == Action::deliver || action == Action::tag; }

/// A retry of what is in doubt keeps this distance from the end of the wait.
constexpr milliseconds late_margin{30'000};

Reply accepted(mail::MailId id) { return {250, "2.0.0", id.to_string() + " accepted"}; }

/// One refusal of all recipients is a refusal of the mail; several answers need the store.
bool is_split(const Outcome& outcome)
{
    const auto& replies = outcome.recipients;
    const auto differs
        = [&](const Reply& reply) { return reply.code / 100 != replies.front().code / 100; };
    return outcome.stage == Outcome::Stage::rcpt && std::ranges::any_of(replies, differs);
}

/// One transaction can serve both. Strangers choose names outside: a hash of them proves nothing.
bool leads_the_same(const Route& one, const Route& other)
{
    if (one.is_by_mx || other.is_by_mx)
        return one.is_by_mx == other.is_by_mx && one.name == other.name;
    return &one == &other || one.identity() == other.identity();
}
}

/// Who gets what by which way. One route and one stamp is what cut-through needs.
struct Delivery::Plan {
    struct Share {
        std::size_t recipient = 0;
        bool is_held = false;
        mail::Stamp stamp;
        std::shared_ptr<const Route> route;
    };
    std::vector<Share> shares; ///< all but the discarded
    bool goes_straight = false;
};

std::shared_ptr<const Route> route_of(const Settings& settings, const mail::Mailbox& recipient)
{
    const auto found = settings.domains.find(recipient.domain().ascii());
    if (found != settings.domains.end())
        return found->second.route;
    if (!settings.outbound || !settings.outbound->is_by_mx)
        return settings.outbound;
    auto route = std::make_shared<Route>(*settings.outbound);
    route->name = recipient.domain().ascii();
    return route;
}

Delivery::Delivery(Context& context, SnapshotPointer snapshot, const ListenerSettings& listener)
    : context_{context}, snapshot_{std::move(snapshot)}, listener_{listener},
      deadline_{context.env->now() + snapshot_->settings.delivery.budget}
{ }

Delivery::Plan Delivery::plan_for(const mail::Mail& mail) const
{
    Plan plan;
    const auto& settings = snapshot_->settings;
    for (std::size_t i = 0; i < mail.recipients.size(); ++i) {
        const auto& recipient = mail.recipients[i];
        if (recipient.verdict.action == Action::discard)
            continue;
        const auto& tag = snapshot_->policy.of(recipient.owner().domain()).tag_subject;
        plan.shares.push_back({.recipient = i,
                               .is_held = !is_relayed(recipient.verdict.action),
                               .stamp = make_stamp(mail, recipient.verdict, tag, settings.hostname),
                               .route = route_of(settings, recipient.address)});
    }
    const auto fits_first = [&](const Plan::Share& share) {
        const auto& first = plan.shares.front();
        return !share.is_held && share.route && share.stamp == first.stamp
            && leads_the_same(*share.route, *first.route);
    };
    plan.goes_straight = !plan.shares.empty() && std::ranges::all_of(plan.shares, fits_first)
        && (plan.shares.front().route->protocol == Protocol::smtp || plan.shares.size() == 1);
    return plan;
}

net::awaitable<Delivered> Delivery::accept(mail::Mail& mail, const storage::TransactionHash& hash)
{
    Plan plan = plan_for(mail);
    if (plan.shares.empty()) {
        Delivered nothing{accepted(mail.id),
                          std::vector<std::string>(mail.recipients.size(), "discarded")};
        co_return nothing;
    }
    if (is_signed(*snapshot_, mail)) {
        std::vector<mail::Stamp*> stamps;
        for (auto& share : plan.shares)
            stamps.push_back(&share.stamp);
        co_await sign(context_, *snapshot_, mail, std::move(stamps));
    }
    hash_ = hash;
    const EnvelopeSender in_stead{mail, envelope_sender(context_, snapshot_->settings, mail)};
    const bool is_hashed = hash != storage::TransactionHash{};
    if (is_hashed)
        context_.dedupe->intend(hash, mail.id, mail.received_at);
    Delivered delivered = co_await pass_on(mail, plan);
    if (is_hashed && delivered.reply.is_positive())
        context_.dedupe->delivered(hash, mail.id);
    else if (is_hashed && !delivered.is_in_doubt)
        context_.dedupe->withdraw(hash, mail.id);
    co_return delivered;
}

net::awaitable<Delivered> Delivery::pass_on(mail::Mail& mail, Plan& plan)
{
    Delivered delivered{{}, std::vector<std::string>(mail.recipients.size(), "discarded")};
    if (plan.goes_straight)
        co_await cut_through(mail, plan, delivered);
    else
        co_await store(mail, plan, {}, delivered);
    co_return delivered;
}

net::awaitable<void> Delivery::cut_through(mail::Mail& mail, Plan& plan, Delivered& delivered)
{
    Outgoing outgoing{&mail, {}, &plan.shares.front().stamp};
    for (const auto& share : plan.shares)
        outgoing.recipients.push_back(&mail.recipients[share.recipient]);
    std::optional<Lease> lease;
    Outcome outcome
        = co_await relay(context_, plan.shares.front().route, outgoing, true, deadline_, lease);
    if (!outcome.is_delivered)
        co_return co_await after_failure(mail, plan, std::move(outcome), std::move(lease),
                                         delivered);
    count(context_.metrics.cut_through);
    for (const auto& share : plan.shares)
        delivered.fates[share.recipient] = fmt::format("delivered to {}: {} {}", outcome.server,
                                                       outcome.reply.code, outcome.reply.text);
    delivered.reply = accepted(mail.id);
}

/// The failure table of promise §1, for a transaction that was to go straight through.
net::awaitable<void> Delivery::after_failure(mail::Mail& mail, Plan& plan, Outcome outcome,
                                             std::optional<Lease> lease, Delivered& delivered)
{
    const bool has_many_answers = is_split(outcome);
    const bool passes = listener_.on_next_hop_failure == OnNextHopFailure::pass;
    delivered.is_in_doubt = outcome.is_in_doubt;
    if (outcome.is_in_doubt) {
        count(context_.metrics.in_doubt);
        spdlog::warn("{}: {} took the end of data and gave no clear answer: {}",
                     mail.id.to_string(), outcome.server, outcome.reply.text);
    }
    if (outcome.reply.is_permanent() && !has_many_answers) {
        if (!mail.client.is_trusted_forwarder) {
            delivered.reply = with_reference(outcome.reply, mail.id, snapshot_->settings.contact);
            std::ranges::fill(delivered.fates, "refused by " + outcome.server);
            co_return;
        }
        for (auto& share : plan.shares)
            share.is_held = true; // features I2: a listed forwarder would bounce it
    } else if (passes && !has_many_answers && !outcome.is_over_time) {
        Reply reply = outcome.reply;
        reply.code = 451;
        delivered.reply = with_reference(std::move(reply), mail.id, {});
        std::ranges::fill(delivered.fates, "passed back: " + outcome.reply.text);
        co_return;
    }
    const auto& delivery = snapshot_->settings.delivery;
    const milliseconds first_retry
        = delivery.retry.empty() ? milliseconds{60'000} : delivery.retry.front();
    const milliseconds pause = outcome.is_over_time ? delivery.in_doubt + late_margin
        : has_many_answers || outcome.is_paced      ? milliseconds{}
                                                    : first_retry;
    LateReply mark{mail.id};
    const auto until = context_.env->now() + delivery.in_doubt;
    // Mail in doubt is with the server, or not: it has its own time, and holds nothing up.
    co_await store(mail, plan,
                   {pause, outcome.server + ": " + outcome.reply.text,
                    is_unreached(outcome) && !outcome.is_in_doubt && !outcome.is_paced},
                   delivered);
    if (outcome.is_over_time && lease && delivered.reply.is_positive()) {
        std::vector<storage::RowId> rows;
        for (const auto& share : plan.shares)
            rows.push_back({mail.id, static_cast<std::uint32_t>(share.recipient + 1)});
        net::Loop::current().spawn("late reply",
                                   await_late_reply(context_, snapshot_, std::move(*lease),
                                                    std::move(mark), std::move(rows), until));
    }
}

net::awaitable<void> Delivery::store(mail::Mail& mail, Plan& plan, Waiting waiting,
                                     Delivered& delivered)
{
    const auto was_refused = [&](const Plan::Share& share) {
        return share.is_held && is_relayed(mail.recipients[share.recipient].verdict.action);
    };
    constexpr std::string_view refused = "delivery.refused";
    std::vector<storage::NewRow> rows;
    for (auto& share : plan.shares) {
        const auto& recipient = mail.recipients[share.recipient];
        rows.push_back(
            {.number = static_cast<std::uint32_t>(share.recipient + 1),
             .address = recipient.address,
             .owner = recipient.canonical,
             .state = share.is_held ? storage::RowState::held : storage::RowState::waiting,
             .reason = was_refused(share) ? std::string{refused} : recipient.verdict.rule,
             .stamp = share.stamp,
             .notify = recipient.notify,
             .orcpt = recipient.orcpt,
             .score = recipient.verdict.score,
             .next_attempt = context_.env->wall_now() + waiting.pause,
             .last_reply = waiting.last_reply,
             .is_unreachable = waiting.is_unreachable});
        delivered.fates[share.recipient] = share.is_held ? "held" : "waiting";
    }
    const auto commit = co_await context_.store->commit(mail, std::move(rows), hash_);
    if (commit == storage::Commit::done) {
        count(context_.metrics.spooled);
        for (const auto& share : plan.shares)
            if (was_refused(share))
                alert_held({mail.id, static_cast<std::uint32_t>(share.recipient + 1)},
                           mail.recipients[share.recipient].address.to_string(), refused,
                           waiting.last_reply);
        delivered.reply = accepted(mail.id);
        if (context_.wake_queue)
            context_.wake_queue();
        co_return;
    }
    const bool is_full = commit == storage::Commit::full;
    std::ranges::fill(delivered.fates,
                      is_full ? "not kept: the store is full" : "not kept: the store is stopped");
    delivered.reply = is_full
        ? Reply{452, "4.3.1", "no room to keep this message now, try again later"}
        : Reply{451, "4.3.0", "this message cannot be kept now, try again later"};
}

namespace {
/// Tries once more when a kept connection turns out to be dead.
net::awaitable<Outcome> relay_to(Context& context, std::shared_ptr<const Route> route,
                                 const Outgoing& outgoing, bool all_or_nothing,
                                 Client::Deadline deadline, std::optional<Lease>& lease)
{
    Outcome outcome;
    for (int attempt = 0; attempt < 2; ++attempt) {
        lease.reset();
        auto acquired = co_await Pool::current().acquire(route, deadline);
        if (!acquired) {
            outcome.server = route->name;
            outcome.reply = acquired.error();
            co_return outcome;
        }
        lease.emplace(std::move(*acquired));
        outcome = co_await lease->client().deliver(outgoing, all_or_nothing, deadline);
        // A kept connection that died before it answered MAIL most likely took nothing.
        const bool is_stale = lease->is_used() && outcome.stage == Outcome::Stage::mail
            && (outcome.has_failed || outcome.reply.code == 421) && !outcome.is_over_time;
        if (!is_stale)
            break;
        if (std::exchange(outcome.is_in_doubt, false)) {
            count(context.metrics.in_doubt);
            spdlog::warn("{}: possible duplicate: {} closed a kept connection without a reply",
                         outgoing.mail->id.to_string(), outcome.server);
        }
    }
    lease->report(outcome.has_failed ? outcome.reply.text : "");
    if (outcome.is_reusable)
        lease->mark_reusable();
    if (!outcome.is_over_time)
        lease.reset();
    co_return outcome;
}

/// The servers of a destination; the error is an outcome of our own.
net::awaitable<std::expected<std::shared_ptr<const Route>, Outcome>>
destination_of(Context& context, std::shared_ptr<const Route> route)
{
    const auto snapshot = context.snapshot();
    DeliveryDns dns{*context.resolver};
    std::uint64_t chance = 0;
    context.env->random({reinterpret_cast<std::uint8_t*>(&chance), sizeof chance});
    auto found = co_await find_destination({dns, snapshot->settings, context.sts, chance}, route);
    if (found)
        co_return std::move(*found);
    Outcome outcome;
    outcome.server = route->name;
    outcome.reply = std::move(found.error());
    co_return std::unexpected{std::move(outcome)};
}

net::awaitable<Outcome> relay_outside(Context& context, std::shared_ptr<const Route> route,
                                      const Outgoing& outgoing, bool all_or_nothing,
                                      Client::Deadline deadline, std::optional<Lease>& lease)
{
    Outcome outcome;
    outcome.server = route->name;
    auto slot = Pace::enter(Pace::of(route->name), context.env->now());
    if (!slot) {
        outcome.is_paced = true;
        outcome.reply = {451, "4.4.5", "as much mail as its destination takes is under way"};
        co_return outcome;
    }
    auto servers = co_await destination_of(context, route);
    if (!servers)
        co_return std::move(servers.error());
    outcome = co_await relay_to(context, std::move(*servers), outgoing, all_or_nothing, deadline,
                                lease);
    slot->report(signal_of(outcome), context.env->now());
    co_return outcome;
}
}

net::awaitable<Outcome> relay(Context& context, std::shared_ptr<const Route> route,
                              const Outgoing& outgoing, bool all_or_nothing,
                              Client::Deadline deadline, std::optional<Lease>& lease)
{
    if (route->is_by_mx)
        return relay_outside(context, std::move(route), outgoing, all_or_nothing, deadline, lease);
    return relay_to(context, std::move(route), outgoing, all_or_nothing, deadline, lease);
}
}
