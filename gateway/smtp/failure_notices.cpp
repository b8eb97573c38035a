// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/failure_notices.hpp"

#include "filters/habit_table.hpp"
#include "gateway/mail/account.hpp"
#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/bounce.hpp"
#include "gateway/smtp/record.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <spdlog/spdlog.h>

namespace smtp {
void FailureNotices::add(FailedMail failed, Time now)
{
    if (failed.failures.empty())
        return;
    count_ += failed.failures.size();
    const auto mail = failed.failures.front().row.id.mail;
    auto& gathered = mails_.try_emplace(mail, Gathered{.failed = {}, .since = now}).first->second;
    gathered.failed.header = std::move(failed.header);
    std::ranges::move(failed.failures, std::back_inserter(gathered.failed.failures));
}

FailedMail FailureNotices::take(mail::MailId mail)
{
    const auto found = mails_.extract(mail);
    if (!found)
        return {};
    count_ -= found.mapped().failed.failures.size();
    return std::move(found.mapped().failed);
}

std::vector<FailedMail> FailureNotices::take_due(Time now)
{
    std::vector<mail::MailId> due;
    for (const auto& [mail, gathered] : mails_)
        if (count_ > most || now - gathered.since >= longest_wait)
            due.push_back(mail);
    std::vector<FailedMail> taken;
    for (const auto mail : due)
        taken.push_back(take(mail));
    return taken;
}

namespace {
/// What comes back to an account that is locked is held apart from its mail, as the layer `bounce`
/// does with the reports of others, and told of in the history.
void hold_apart(mail::Mail& notice, storage::NewRow& row, const filters::AccountBrake& locked)
{
    auto& to = notice.recipients.front();
    to.findings.push_back(
        {.name = mail::held_apart_fact, .detail = locked.account, .evidence = locked.why});
    to.verdict = {.action = mail::Action::quarantine,
                  .step = mail::Step::overriding,
                  .rule = std::string{mail::held_apart_fact}};
    row.state = storage::RowState::held;
    row.reason = to.verdict.rule + ": " + locked.account;
}

/// One notice for all of the rows, which are of one mail.
net::awaitable<bool> told(Context& context, const Snapshot& snapshot,
                          std::span<const storage::Row> rows, const std::string& header)
{
    try {
        const auto now = context.env->wall_now();
        mail::Mail bounce
            = make_bounce(rows, header, snapshot.settings.hostname, context.ids->next(now), now);
        std::vector<storage::NewRow> added;
        added.emplace_back().address = *rows.front().sender;
        added.back().next_attempt = now;
        const auto locked = filters::HabitTable::here().lock_over(rows.front().sender->key(), now);
        if (locked)
            hold_apart(bounce, added.back(), *locked);
        const auto commit = co_await context.store->commit(bounce, std::move(added), {});
        if (locked && commit == storage::Commit::done)
            record_recipient(context, MessageRecord::of(bounce, "data"), bounce, 1,
                             bounce.recipients.front(), {}, {}, "held", {});
        co_return commit == storage::Commit::done;
    } catch (const std::exception& error) {
        spdlog::error("{}: no bounce could be made: {}", rows.front().id.to_string(), error.what());
    }
    co_return false;
}
}

net::awaitable<void> tell_of_failures(Context& context, SnapshotPointer snapshot, FailedMail failed)
{
    std::vector<storage::Row> rows;
    for (auto& failure : failed.failures) {
        rows.push_back(failure.row);
        rows.back().last_reply = failure.attempt.reply;
        rows.back().reason = failure.attempt.reason;
    }
    std::vector<storage::Attempt> attempts;
    std::span<const storage::Row> left{rows};
    while (!left.empty()) {
        const auto named = left.first(named_in_one_bounce(left));
        left = left.subspan(named.size());
        const bool is_told = co_await told(context, *snapshot, named, failed.header);
        for (std::size_t i = 0; i < named.size(); ++i) {
            Attempted& failure = failed.failures[attempts.size()];
            if (is_told)
                failure.attempt.outcome = storage::Attempt::Outcome::discarded;
            note_attempt(context, failure);
            attempts.push_back(std::move(failure.attempt));
        }
    }
    if (!attempts.empty())
        co_await context.store->record(std::move(attempts));
}
}
