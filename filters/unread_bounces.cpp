// SPDX-License-Identifier: Apache-2.0
#include "filters/unread_bounces.hpp"

#include "filters/kept_table.hpp"

#include <fmt/format.h>

namespace filters {
namespace {
constexpr std::size_t longest = 320;
constexpr unsigned most_a_day = 10'000;

std::int64_t day_number(UnreadBounces::Time time)
{
    return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

std::string key_of(std::string_view sender, std::string_view address, std::int64_t day)
{
    return fmt::format("{}\t{}\t{:07}", sender, address, day);
}

bool is_keepable(std::string_view text)
{
    return !text.empty() && text.size() <= longest && std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    });
}
}

UnreadBounces& UnreadBounces::here()
{
    static UnreadBounces all;
    return all;
}

/// A record is sender, address, day, bounces, again, account.
void UnreadBounces::keep_in(storage::Records* records)
{
    const std::lock_guard lock{mutex_};
    records_ = records;
    if (!records_)
        return;
    records_->read([this](std::int64_t, std::string_view record) {
        TabFields fields{record};
        const auto sender = fields.next(), address = fields.next();
        const auto numbers = fields.numbers<3>();
        if (!numbers || sender.empty() || address.empty() || fields.rest.empty())
            return;
        const auto [day, bounces, again] = *numbers;
        days_[key_of(sender, address, day)]
            = {.account = std::string{fields.rest},
               .sum = {static_cast<unsigned>(bounces), static_cast<unsigned>(again)},
               .day = day};
    });
}

/// What is too old first, then an eighth at once.
void UnreadBounces::make_room(std::int64_t today)
{
    if (days_.size() < most)
        return;
    std::vector<std::pair<std::int64_t, std::string>> by_age;
    for (const auto& [key, one] : days_)
        by_age.emplace_back(one.day, key);
    std::ranges::sort(by_age);
    for (std::size_t i = 0; i < by_age.size(); ++i) {
        if (i >= most / 8 && by_age[i].first > today - kept.count())
            break;
        days_.erase(by_age[i].second);
        changed_.insert(by_age[i].second);
    }
}

UnreadBounces::Days::const_iterator UnreadBounces::last_of(std::string_view sender,
                                                           std::string_view address, Time now) const
{
    const auto oldest = day_number(now) - kept.count() + 1;
    auto at = days_.upper_bound(key_of(sender, address, day_number(now)));
    if (at == days_.begin())
        return days_.end();
    --at;
    return at->first >= key_of(sender, address, oldest) ? at : days_.end();
}

UnreadBounces::Day* UnreadBounces::day_of(std::string_view account, std::string_view sender,
                                          std::string_view address, Time now)
{
    if (!is_keepable(account) || !is_keepable(sender) || !is_keepable(address))
        return nullptr;
    const auto today = day_number(now);
    const auto key = key_of(sender, address, today);
    auto found = days_.find(key);
    if (found == days_.end()) {
        make_room(today);
        found = days_.emplace(key, Day{.account = std::string{account}, .sum = {}, .day = today})
                    .first;
    }
    changed_.insert(key);
    return &found->second;
}

void UnreadBounces::note_bounce(std::string_view account, std::string_view sender,
                                std::string_view address, Time now)
{
    const std::lock_guard lock{mutex_};
    if (auto* day = day_of(account, sender, address, now))
        day->sum.bounces = std::min(day->sum.bounces + 1, most_a_day);
}

bool UnreadBounces::came_back(std::string_view sender, std::string_view address, Time now) const
{
    const std::lock_guard lock{mutex_};
    return last_of(sender, address, now) != days_.end();
}

void UnreadBounces::note_again(std::string_view sender, std::string_view address, Time now)
{
    const std::lock_guard lock{mutex_};
    const auto before = last_of(sender, address, now);
    if (before == days_.end())
        return;
    const auto account = before->second.account;
    if (auto* day = day_of(account, sender, address, now))
        day->sum.again = std::min(day->sum.again + 1, most_a_day);
}

std::map<std::string, UnreadBounces::Sum>
UnreadBounces::sums(const std::function<bool(const std::string&)>& is_wanted, Time now) const
{
    const auto oldest = day_number(now) - kept.count() + 1;
    std::map<std::string, Sum> by;
    const std::lock_guard lock{mutex_};
    for (const auto& [key, one] : days_) {
        if (one.day < oldest || !is_wanted(one.account))
            continue;
        auto& sum = by[one.account];
        sum.bounces += one.sum.bounces;
        sum.again += one.sum.again;
    }
    return by;
}

void UnreadBounces::save()
{
    write_changed(
        records_, mutex_, days_, changed_, "the list of unread bounces", [](const auto& entry) {
            const auto& [key, one] = entry;
            return fmt::format("{}\t{}\t{}\t{}", key, one.sum.bounces, one.sum.again, one.account);
        });
}
}
