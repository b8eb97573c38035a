// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/delivery.hpp"

#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/duplicates.hpp"
#include "gateway/smtp/envelope.hpp"
#include "gateway/smtp/late_reply.hpp"
#include "gateway/smtp/refusal.hpp"
#include "gateway/smtp/reputation_refusal.hpp"
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

storage::RowId row_id(mail::MailId mail, std::size_t recipient)
{
    return {mail, static_cast<std::uint32_t>(recipient + 1)};
}

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

/// The rule, with what its fact says where the rule is but a fact's name: "words.quarantine: the
/// rule's name".
static std::string reason_of(const mail::Mail& mail, const mail::Recipient& recipient)
{
    const auto& rule = recipient.verdict.rule;
    for (const auto* findings : {&recipient.findings, &mail.findings})
        for (const auto& finding : *findings)
            if (finding.name == rule && !finding.detail.empty())
                return rule + ": " + finding.detail;
    return rule;
}

/// Who gets what by which way. One route and one stamp is what cut-through needs.
struct Delivery::Plan {
    struct Share {
        std::size_t recipient = 0;
        bool is_held = false;
        std::optional<SentCopies::Copy> copy; ///< what goes outside, once an hour
        mail::Stamp stamp;
        std::shared_ptr<const Route> route;
    };
    std::vector<Share> shares; ///< all but the discarded
    bool goes_straight = false;
    bool is_kept = false; ///< in the store
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
                               .copy = {},
                               .stamp = make_stamp(mail, recipient.verdict, tag, settings.hostname,
                                                   settings.account.header),
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
    const auto found = co_await leave_out_repeats(mail, plan);
    if (!found)
        co_return Delivered{{451, "4.4.5", "the same mail is on its way there, try again later"},
                            std::vector<std::string>(mail.recipients.size(),
                                                     "not kept: the same mail is on its way")};
    const Repeats& repeats = *found;
    if (plan.shares.empty()) {
        Delivered nothing{accepted(mail.id),
                          std::vector<std::string>(mail.recipients.size(), "discarded")};
        repeats.tell(nothing);
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
    if (delivered.reply.is_positive())
        for (const auto& share : plan.shares)
            if (share.copy && !share.is_held)
                SentCopies::here().note(
                    *share.copy,
                    {row_id(mail.id, share.recipient), plan.is_kept, context_.env->now()});
    repeats.tell(delivered);
    co_return delivered;
}

namespace {
/// A copy that was kept to be sent later, and then held, given back or removed, never left.
net::awaitable<void> forget_what_stays(storage::Store& store,
                                       const std::vector<SentCopies::Copy>& copies,
                                       SentCopies::Time now)
{
    for (const auto& copy : copies) {
        const auto sent = SentCopies::here().find(copy, now);
        if (!sent || !sent->is_waiting)
            continue;
        const auto row = co_await store.row(sent->row);
        if (!row
            || (row->state != storage::RowState::waiting
                && row->state != storage::RowState::delivered))
            SentCopies::here().forget(copy, sent->row);
    }
}

/// Waits while a copy is under way with another mail: what becomes of that decides.
net::awaitable<std::optional<SentCopies::Claim>>
claim(net::Env& env, std::vector<SentCopies::Copy> copies, Client::Deadline deadline)
{
    constexpr milliseconds step{50};
    for (;;) {
        auto claimed = SentCopies::here().claim(copies, env.now());
        if (claimed || env.now() >= deadline)
            co_return claimed;
        co_await net::sleep(step);
    }
}
}

/// What left for an outside address within the hour goes there no second time (features O3).
/// nullopt: nobody knows yet whether it left.
net::awaitable<std::optional<Delivery::Repeats>> Delivery::leave_out_repeats(const mail::Mail& mail,
                                                                             Plan& plan) const
{
    const auto address_of = [&](const Plan::Share& share) -> const mail::Mailbox& {
        return mail.recipients[share.recipient].address;
    };
    const auto is_outside = [&](const Plan::Share& share) {
        return !snapshot_->settings.domains.contains(address_of(share).domain().ascii());
    };
    if (mail.direction != mail::Direction::outbound
        || std::ranges::none_of(plan.shares, is_outside))
        co_return Repeats{};
    const auto copy = co_await copy_hash(context_, mail.message);
    if (copy == storage::TransactionHash{})
        co_return Repeats{};
    std::vector<SentCopies::Copy> leaving;
    for (auto& share : plan.shares) {
        if (!is_outside(share))
            continue;
        share.copy = copy_for(context_, copy, address_of(share));
        if (!share.is_held)
            leaving.push_back(*share.copy);
    }
    co_await forget_what_stays(*context_.store, leaving, context_.env->now());
    auto claimed = co_await claim(*context_.env, std::move(leaving), deadline_);
    if (!claimed)
        co_return std::nullopt;
    Repeats repeats{.claim = std::move(*claimed)};
    std::erase_if(plan.shares, [&](const Plan::Share& share) {
        const auto sent
            = share.copy ? SentCopies::here().find(*share.copy, context_.env->now()) : std::nullopt;
        if (sent)
            repeats.earlier.emplace_back(share.recipient, sent->row.mail);
        return sent.has_value();
    });
    co_return repeats;
}

void Delivery::Repeats::tell(Delivered& delivered) const
{
    for (const auto& [recipient, mail] : earlier)
        delivered.fates[recipient] = "left already as " + mail.to_string();
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

/// What the answer from outside says of us, and of whoever sends the mail.
void Delivery::notice(const mail::Mail& mail, const Plan& plan, const Outcome& outcome) const
{
    // Several answers mean that the queue asks again, and notices then.
    if (outcome.stage == Outcome::Stage::connect || outcome.is_paced || is_split(outcome))
        return;
    for (std::size_t i = 0; i < plan.shares.size(); ++i) {
        const auto& recipient = mail.recipients[plan.shares[i].recipient].address;
        if (!snapshot_->settings.domains.contains(recipient.domain().ascii()))
            notice_answer(recipient, mail.sender, mail.direction, answer_for(outcome, i),
                          context_.env->wall_now());
    }
}

net::awaitable<void> Delivery::cut_through(mail::Mail& mail, Plan& plan, Delivered& delivered)
{
    Outgoing outgoing{&mail, {}, &plan.shares.front().stamp};
    for (const auto& share : plan.shares)
        outgoing.recipients.push_back(&mail.recipients[share.recipient]);
    outgoing.signed_sender
        = signed_sender(context_, snapshot_->settings, mail, outgoing.recipients.front()->address);
    std::optional<Lease> lease;
    Outcome outcome
        = co_await relay(context_, plan.shares.front().route, outgoing, true, deadline_, lease);
    notice(mail, plan, outcome);
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
            rows.push_back(row_id(mail.id, share.recipient));
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
             .reason = was_refused(share) ? std::string{refused} : reason_of(mail, recipient),
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
        plan.is_kept = true;
        for (const auto& share : plan.shares)
            if (was_refused(share))
                alert_held(row_id(mail.id, share.recipient),
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
}
