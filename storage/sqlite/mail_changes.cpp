// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_changes.hpp"

#include "storage/sqlite/texts.hpp"

#include <spdlog/spdlog.h>

namespace storage::sqlite {
namespace {
/// Beside the body: rows, texts and the record itself.
constexpr std::size_t record_size = 2048;
/// Packed in pieces, a large body takes no more than its buffers.
constexpr std::size_t large_body_size = 256 * 1024;

Move move_of(const Attempt& attempt, WallTime now)
{
    using Outcome = Attempt::Outcome;
    Move move;
    move.row = attempt.row;
    move.now = now;
    move.attempts = 1;
    move.reply = attempt.reply;
    move.is_unreachable = attempt.is_unreachable;
    move.from = States::of(RowState::waiting);
    switch (attempt.outcome) {
    case Outcome::delivered:
        // It is with the recipient, whatever somebody decided meanwhile.
        move.from = States::of(RowState::waiting, RowState::held);
        move.to = RowState::delivered;
        break;
    case Outcome::retry:
        move.next_attempt = attempt.next_attempt;
        break;
    case Outcome::held:
        move.to = RowState::held;
        move.reason = attempt.reason;
        break;
    case Outcome::discarded:
        move.to = RowState::discarded;
        break;
    }
    return move;
}
}

bool Reading::begin()
{
    const std::lock_guard lock{mutex_};
    if (state_ == State::over)
        return false;
    state_ = State::reading;
    return true;
}

void Reading::end()
{
    {
        const std::lock_guard lock{mutex_};
        state_ = State::over;
    }
    ended_.notify_one();
}

void Reading::forbid()
{
    std::unique_lock lock{mutex_};
    ended_.wait(lock, [this] { return state_ != State::reading; });
    state_ = State::over;
}

MailStore::CommitChange::CommitChange(MailStore& store, const mail::Mail& mail,
                                      std::vector<NewRow> rows, TransactionHash hash,
                                      std::shared_ptr<Reading> reading,
                                      net::Handover<Commit> outcome)
    : store_{store}, mail_{mail}, reading_{std::move(reading)},
      bytes_{record_size + std::min(mail.message.size(), large_body_size)},
      outcome_{std::move(outcome)}
{
    record_.id = mail.id;
    record_.hash = hash;
    record_.rows = std::move(rows);
    if (mail.message.size() <= store.settings_.inline_body)
        bytes_ = record_size + mail.message.size();
}

MailStore::CommitChange::~CommitChange()
{
    const std::lock_guard lock{store_.in_flight_mutex_};
    if (store_.in_flight_.erase(record_.id) > 0 && !is_committed_)
        store_.has_orphans_ = true;
}

void MailStore::CommitChange::prepare()
{
    if (!reading_->begin())
        throw std::runtime_error{"nobody waits for it any more"};
    const auto end = [](Reading* reading) { reading->end(); };
    const std::unique_ptr<Reading, decltype(end)> reading{reading_.get(), end};
    read_mail();
}

void MailStore::CommitChange::read_mail()
{
    record_.received_at = mail_.received_at;
    record_.committed_at = store_.env_.wall_now();
    record_.listener = mail_.listener;
    record_.direction = mail_.direction;
    record_.sending_domain = mail_.sending_domain;
    record_.client = mail_.client.ip.to_string();
    record_.sender = mail_.sender;
    record_.parameters = mail_.parameters;
    const auto& header = mail_.message.header();
    record_.from = shown(header.decoded("From"));
    record_.subject = shown(header.decoded("Subject"));
    record_.message_id = shown(header.decoded("Message-ID"));
    if (mail_.message.size() > store_.settings_.inline_body) {
        const std::lock_guard lock{store_.in_flight_mutex_};
        store_.in_flight_.insert(record_.id);
    }
    record_.body = store_.bodies_.pack(record_.id, mail_.message);
}

void MailStore::CommitChange::apply(MailTables& tables)
{
    const auto since = record_.committed_at - store_.settings_.spool_age;
    is_refused_ = std::ranges::any_of(record_.rows, [&](const NewRow& row) {
        return row.state == RowState::waiting
            && tables.is_unreached(row.address.domain().ascii(), since);
    });
    if (!is_refused_)
        tables.insert(record_);
}

void MailStore::CommitChange::committed()
{
    if (is_refused_) {
        outcome_.deliver(Commit::full);
        return;
    }
    is_committed_ = true;
    if (record_.hash != TransactionHash{})
        store_.recent_.add(RecentHashes::short_form(record_.hash), record_.committed_at);
    outcome_.deliver(Commit::done);
}

void MailStore::CommitChange::failed(Failure failure, const std::string& why)
{
    if (failure == Failure::wrong) {
        outcome_.fail(std::make_exception_ptr(
            std::runtime_error{"cannot store " + record_.id.to_string() + ": " + why}));
        return;
    }
    if (failure == Failure::full)
        spdlog::warn("store: no room for {}: {}", record_.id.to_string(), why);
    outcome_.deliver(failure == Failure::full ? Commit::full : Commit::stopped);
}

MailStore::RecordChange::RecordChange(MailStore& store, std::vector<Attempt> attempts,
                                      net::Handover<void> outcome)
    : store_{store}, attempts_{std::move(attempts)}, outcome_{std::move(outcome)}
{ }

void MailStore::RecordChange::apply(MailTables& tables)
{
    const auto now = store_.env_.wall_now();
    for (const auto& attempt : attempts_)
        tables.move(move_of(attempt, now));
}

void MailStore::RecordChange::committed()
{
    {
        const std::lock_guard lock{store_.handed_out_mutex_};
        for (const auto& attempt : attempts_)
            store_.handed_out_.erase(attempt.row);
    }
    outcome_.deliver();
}

void MailStore::RecordChange::failed(Failure, const std::string& why)
{
    outcome_.fail(std::make_exception_ptr(Unavailable{why}));
}
}
