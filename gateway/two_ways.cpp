// SPDX-License-Identifier: Apache-2.0
#include "gateway/two_ways.hpp"

#include "filters/dead_addresses.hpp"
#include "filters/forwarding_list.hpp"
#include "filters/habit_table.hpp"
#include "filters/list_uses.hpp"
#include "filters/report_table.hpp"
#include "filters/sender_pairs.hpp"
#include "filters/unread_bounces.hpp"
#include "gateway/smtp/conditions.hpp"
#include "gateway/smtp/record.hpp"

#include <spdlog/spdlog.h>

namespace app {
namespace {
net::awaitable<std::vector<std::string>> recipients_of(storage::History* history, mail::MailId id)
{
    storage::HistoryQuery query;
    query.id = id;
    query.limit = 50;
    std::vector<std::string> keys;
    const auto rows = co_await history->search(std::move(query));
    for (const auto& row : rows)
        if (const auto address = mail::Mailbox::parse(row.recipient))
            keys.push_back(address->key());
    co_return keys;
}

net::awaitable<std::vector<storage::HistoryRow>> rows_of(storage::History* history, std::string id)
{
    co_await history->settle();
    storage::HistoryQuery query;
    query.message_id = std::move(id);
    query.limit = 200;
    co_return co_await history->search(std::move(query));
}

/// One of three conditions stands for a braked account.
void tell(const filters::AccountBrake& account)
{
    using filters::Brake;
    auto& conditions = smtp::Conditions::here();
    if (account.brake != Brake::slow)
        conditions.clear("account.slowed", account.account);
    if (account.brake != Brake::hold)
        conditions.clear("account.held", account.account);
    if (account.brake != Brake::lock)
        conditions.clear("account.locked", account.account);
    spdlog::log(account.brake == Brake::none ? spdlog::level::info : spdlog::level::warn,
                "event=account-brake account=\"{}\" brake={} why=\"{}\"", account.account,
                filters::to_string(account.brake), account.why);
    if (account.brake == Brake::slow)
        conditions.raise("account.slowed", account.account, account.why);
    if (account.brake == Brake::hold)
        conditions.raise("account.held", account.account, account.why);
    if (account.brake == Brake::lock)
        conditions.raise("account.locked", account.account, account.why);
}

void tell_complaint(const filters::AbuseComplaint& complaint)
{
    const auto& [account, alias, list] = complaint.of;
    spdlog::warn("event=abuse-report account=\"{}\" alias=\"{}\" list=\"{}\" type=\"{}\""
                 " reporter=\"{}\"",
                 account, alias, list, smtp::escaped(complaint.type),
                 smtp::escaped(complaint.reporter));
    const auto& by = complaint.of.who();
    smtp::Conditions::here().note("account.reported", account.empty() ? by : account,
                                  complaint.type + ", " + complaint.reporter
                                      + (account.empty() || by == account ? "" : ", by " + by));
}
}

TwoWays::TwoWays(const std::string& data, net::WorkerPool& pool, filters::Services& services,
                 storage::History& history, std::uint64_t secret)
    : forwarding_{data, storage::DatabaseFile::forwarding},
      habits_{data, storage::DatabaseFile::habits},
      dead_{data, storage::DatabaseFile::dead_addresses},
      reports_{data, storage::DatabaseFile::reports},
      pairs_{data, storage::DatabaseFile::sender_pairs},
      unread_{data, storage::DatabaseFile::unread_bounces},
      uses_{data, storage::DatabaseFile::list_uses}
{
    auto opened = storage::MailMemory::open(data + "/.memory", {});
    if (opened) {
        filters::TwoWayMemory::Parts parts{.memory = std::move(*opened), .pool = &pool};
        parts.fingerprints = filters::FingerprintTable::of(services);
        parts.recipients = [&history](mail::MailId id) { return recipients_of(&history, id); };
        parts.rows = [&history](std::string id) { return rows_of(&history, std::move(id)); };
        parts.secret = secret;
        memory_ = std::make_unique<filters::TwoWayMemory>(std::move(parts));
        filters::TwoWayMemory::put_here(memory_.get());
    } else {
        spdlog::error("mail that came in is not known again when it goes out: {}", opened.error());
    }
    filters::HabitTable::here().on_change([this](const filters::AccountBrake& account) {
        tell(account);
        has_new_brake_ = true;
    });
    filters::HabitTable::here().keep_in(&habits_);
    filters::ForwardingList::here().keep_in(&forwarding_);
    filters::DeadAddresses::here().keep_in(&dead_);
    filters::ReportTable::here().on_complaint(tell_complaint);
    filters::ReportTable::here().keep_in(&reports_);
    filters::SenderPairs::here().keep_in(&pairs_);
    filters::UnreadBounces::here().keep_in(&unread_);
    filters::ListUses::here().keep_in(&uses_);
}

TwoWays::~TwoWays()
{
    filters::TwoWayMemory::put_here(nullptr);
    filters::ForwardingList::here().save();
    filters::HabitTable::here().save();
    filters::DeadAddresses::here().save();
    filters::ReportTable::here().save();
    filters::SenderPairs::here().save();
    filters::UnreadBounces::here().save();
    filters::ListUses::here().save();
    filters::ListUses::here().keep_in(nullptr);
    filters::UnreadBounces::here().keep_in(nullptr);
    filters::SenderPairs::here().keep_in(nullptr);
    filters::ReportTable::here().keep_in(nullptr);
    filters::ForwardingList::here().keep_in(nullptr);
    filters::HabitTable::here().keep_in(nullptr);
    filters::HabitTable::here().on_change({});
    filters::DeadAddresses::here().keep_in(nullptr);
}

void TwoWays::save(std::chrono::system_clock::time_point now)
{
    filters::HabitTable::here().sweep(now);
    filters::HabitTable::here().save();
    filters::ForwardingList::here().save();
    filters::DeadAddresses::here().save();
    filters::ReportTable::here().save();
    filters::SenderPairs::here().save();
    filters::UnreadBounces::here().save();
    filters::ListUses::here().save();
    if (memory_)
        memory_->sweep(now); // the last: a full disk ends it
}
}
