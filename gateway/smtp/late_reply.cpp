// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/late_reply.hpp"

#include "gateway/smtp/attempt.hpp"

#include <mutex>
#include <set>
#include <utility>

namespace smtp {
namespace {
/// Mails whose late reply some loop of this process awaits.
struct LateReplies {
    std::mutex mutex;
    std::set<mail::MailId> mails;
};
LateReplies& late_replies()
{
    static LateReplies all;
    return all;
}
}

LateReply::LateReply(mail::MailId id) : id_{id}
{
    const std::scoped_lock lock{late_replies().mutex};
    late_replies().mails.insert(id);
}

LateReply::LateReply(LateReply&& other) noexcept : id_{std::exchange(other.id_, std::nullopt)} { }

LateReply::~LateReply()
{
    if (!id_)
        return;
    const std::scoped_lock lock{late_replies().mutex};
    late_replies().mails.erase(*id_);
}

bool awaits_late_reply(mail::MailId id)
{
    const std::scoped_lock lock{late_replies().mutex};
    return late_replies().mails.contains(id);
}

net::awaitable<void> await_late_reply(Context& context, SnapshotPointer snapshot, Lease lease,
                                      LateReply mark, std::vector<storage::RowId> rows,
                                      Client::Deadline until)
{
    const LateReply marked{std::move(mark)};
    const auto start = context.env->now();
    Outcome outcome;
    outcome.stage = Outcome::Stage::dot;
    outcome.server = lease.client().server();
    outcome.reply = co_await lease.client().late_reply(until);
    outcome.is_delivered = outcome.reply.is_positive();
    // Delivered is delivered; otherwise what a person decided meanwhile stands.
    if (!outcome.is_delivered)
        rows = co_await context.store->still_waiting(std::move(rows));
    Batch batch;
    for (const auto& id : rows)
        if (auto row = co_await context.store->row(id))
            batch.push_back(std::move(*row));
    mail::Message message;
    if (outcome.reply.is_permanent() && !batch.empty())
        message = co_await context.store->message(batch.front().id.mail); // for a bounce
    const auto took = std::chrono::duration_cast<milliseconds>(context.env->now() - start);
    co_await record_outcome(context, snapshot, batch, message, outcome, took);
    if (context.wake_queue)
        context.wake_queue();
}
}
