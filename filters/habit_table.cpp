// SPDX-License-Identifier: Apache-2.0
#include "filters/habit_table.hpp"

#include "filters/kept_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace filters {
namespace {
using std::chrono::sys_seconds;
using Wall = HabitTable::WallTime;
constexpr std::size_t longest_account = 320, longest_why = 300, most_senders = 100'000;
constexpr std::chrono::minutes push_window{10};
constexpr std::chrono::hours week{7 * 24}, longest_lock{24};

sys_seconds seconds_of(Wall time) { return std::chrono::floor<std::chrono::seconds>(time); }

std::string why_of(const std::vector<Habit::Reason>& reasons)
{
    if (reasons.empty())
        return {};
    const auto& worst = reasons.front();
    return fmt::format("{}: {} where {:.0f} is the limit", worst.name, worst.count, worst.limit);
}

/// Fields before the octets of the habit, each ending in '\n'.
constexpr std::size_t fields = 8;
}

HabitTable::HabitTable(storage::Records* records) { keep_in(records); }

HabitTable& HabitTable::here()
{
    static HabitTable table;
    return table;
}

void HabitTable::on_change(std::function<void(const AccountBrake&)> hear)
{
    hear_ = std::move(hear);
}

void HabitTable::hear(const std::optional<AccountBrake>& changed) const
{
    if (changed && hear_)
        hear_(*changed);
}

std::string HabitTable::encode(const Entry& entry)
{
    const auto& brake = entry.brake;
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", brake.account,
                       static_cast<int>(brake.brake), brake.why,
                       brake.since.time_since_epoch().count(),
                       brake.until.time_since_epoch().count(),
                       brake.exempt_until.time_since_epoch().count(),
                       brake.last.time_since_epoch().count(), brake.locks)
        + entry.habit.encode();
}

void HabitTable::take_record(std::string_view record)
{
    std::array<std::string_view, fields> parts;
    for (auto& part : parts) {
        const auto end = record.find('\n');
        if (end == record.npos)
            return;
        part = record.substr(0, end);
        record.remove_prefix(end + 1);
    }
    const auto number = [](std::string_view text) {
        std::int64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    };
    const auto time
        = [&](std::string_view text) { return sys_seconds{std::chrono::seconds{number(text)}}; };
    const auto habit = Habit::decode(record);
    const auto brake = number(parts[1]);
    if (!habit || parts[0].empty() || brake < 0 || brake > 3)
        return;
    Entry entry;
    entry.habit = *habit;
    entry.brake = {.account = std::string{parts[0]},
                   .brake = static_cast<Brake>(brake),
                   .why = std::string{parts[2]},
                   .since = time(parts[3]),
                   .until = time(parts[4]),
                   .exempt_until = time(parts[5]),
                   .last = time(parts[6]),
                   .locks = static_cast<unsigned>(number(parts[7]))};
    entry.first_lock = entry.brake.since;
    entries_.insert_or_assign(entry.brake.account, std::move(entry));
}

void HabitTable::keep_in(storage::Records* records)
{
    std::vector<AccountBrake> braked;
    {
        const std::lock_guard lock{mutex_};
        records_ = records;
        if (!records_)
            return;
        records_->read([this](std::int64_t, std::string_view record) { take_record(record); });
        for (const auto& [account, entry] : entries_)
            if (entry.brake.brake != Brake::none)
                braked.push_back(entry.brake);
    }
    for (const auto& one : braked)
        hear(one);
}

/// An eighth at once, of those that nothing holds.
void HabitTable::make_room(WallTime now)
{
    if (entries_.size() < most)
        return;
    std::vector<std::pair<sys_seconds, std::string>> by_age;
    for (const auto& [account, entry] : entries_)
        if (entry.brake.brake == Brake::none && entry.brake.exempt_until <= now)
            by_age.emplace_back(entry.brake.last, account);
    std::ranges::sort(by_age);
    by_age.resize(std::min(by_age.size(), most / 8));
    for (const auto& [time, account] : by_age) {
        entries_.erase(account);
        changed_.insert(account);
    }
}

HabitTable::Entry& HabitTable::entry_of(const std::string& account, WallTime now)
{
    auto found = entries_.find(account);
    if (found == entries_.end()) {
        make_room(now);
        found = entries_.emplace(account, Entry{}).first;
        found->second.brake.account = account;
        found->second.brake.since = seconds_of(now);
    }
    changed_.insert(account);
    return found->second;
}

void HabitTable::pull(Entry& entry, Brake brake, WallTime now, const BrakeSettings& settings)
{
    auto& state = entry.brake;
    state.brake = brake;
    state.since = seconds_of(now);
    state.until = {};
    entry.pushed = 0;
    if (brake != Brake::lock)
        return;
    if (state.locks == 0 || state.since - entry.first_lock >= week) {
        state.locks = 0;
        entry.first_lock = state.since;
    }
    const auto time = settings.lock_for * (1U << std::min(state.locks, 10U));
    state.until = state.since + std::min<std::chrono::seconds>(time, longest_lock);
    ++state.locks;
}

/// By time, not by a person's word: what it did is no habit, and is not held against it twice.
void HabitTable::free(Entry& entry, WallTime now)
{
    entry.habit.begin_anew();
    entry.brake.brake = Brake::none;
    entry.brake.since = seconds_of(now);
    entry.brake.until = {};
    entry.brake.why.clear();
    entry.pushed = 0;
}

/// A mail now and then; who pushes on and on is no person.
bool HabitTable::may_pass_slowly(Entry& entry, WallTime now, const BrakeSettings& settings)
{
    const auto time = seconds_of(now);
    if (time - entry.passed >= settings.slow_pause) {
        entry.passed = time;
        return true;
    }
    if (time - entry.pushed_since >= push_window) {
        entry.pushed_since = time;
        entry.pushed = 0;
    }
    ++entry.pushed;
    return false;
}

Brake HabitTable::judge(Entry& entry, const Habit::Judgement& judgement, const Habit& after,
                        WallTime now, const BrakeSettings& settings)
{
    const auto was = entry.brake.brake;
    if (entry.brake.exempt_until > now || judgement.brake == Brake::none) {
        entry.habit = after;
        if (was != Brake::none)
            free(entry, now);
        return Brake::none;
    }
    entry.brake.why = why_of(judgement.reasons).substr(0, longest_why);
    if (settings.is_observing) {
        entry.habit = after;
        return judgement.brake;
    }
    auto wanted = judgement.brake;
    const bool is_slow = wanted == Brake::slow;
    if (is_slow && was == Brake::hold)
        wanted = Brake::hold; // until it is calm
    else if (is_slow && !may_pass_slowly(entry, now, settings))
        wanted = entry.pushed >= settings.pushes ? Brake::hold : Brake::slow;
    else if (is_slow)
        wanted = Brake::none; // this one goes
    if (wanted == Brake::none || wanted == Brake::hold)
        entry.habit = after;
    const auto state = wanted == Brake::none ? Brake::slow : wanted;
    if (state != was)
        pull(entry, state, now, settings);
    return wanted;
}

HabitTable::Answer HabitTable::take(const std::string& account, std::string_view sender,
                                    std::span<const std::uint64_t> recipients, WallTime now,
                                    const BrakeSettings& settings, Copies copies)
{
    if (account.empty() || account.size() > longest_account || account.find('\n') != account.npos)
        return {};
    std::optional<AccountBrake> changed;
    Answer answer;
    {
        const std::lock_guard lock{mutex_};
        auto& entry = entry_of(account, now);
        const auto was = entry.brake.brake;
        if (was == Brake::lock && now >= entry.brake.until)
            free(entry, now);
        if (entry.brake.brake == Brake::lock && !settings.is_observing) {
            answer.brake = Brake::lock;
        } else {
            Habit after = entry.habit;
            const auto judgement = after.take(recipients, now, settings.limits, copies);
            answer.brake = judge(entry, judgement, after, now, settings);
        }
        answer.why = entry.brake.why;
        entry.brake.last = seconds_of(now);
        if (entry.brake.brake != was)
            changed = entry.brake;
        note_sender(sender, account);
    }
    hear(changed);
    return answer;
}

std::optional<HabitTable::Answer> HabitTable::lock_of(std::string_view account, WallTime now)
{
    const auto one = find(account);
    const bool is_locked = one && one->brake == Brake::lock && now < one->until;
    return is_locked ? std::optional{Answer{Brake::lock, one->why}} : std::nullopt;
}

/// Those that are forgotten are known again with their next mail.
void HabitTable::note_sender(std::string_view sender, const std::string& account)
{
    if (const auto known = by_sender_.find(sender); known != by_sender_.end())
        by_sender_.erase(known);
    if (sender.empty() || sender.size() > longest_account || sender == account)
        return;
    if (by_sender_.size() >= most_senders)
        by_sender_.clear();
    by_sender_.emplace(sender, account);
}

std::string_view HabitTable::last_account_of(std::string_view sender) const
{
    const auto account = by_sender_.find(sender);
    return account == by_sender_.end() ? sender : account->second;
}

std::optional<AccountBrake> HabitTable::lock_over(std::string_view sender, WallTime now) const
{
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(last_account_of(sender));
    const bool is_locked = found != entries_.end() && found->second.brake.brake == Brake::lock
        && now < found->second.brake.until;
    return is_locked ? std::optional{found->second.brake} : std::nullopt;
}

void HabitTable::note_bounce(std::string_view sender, WallTime now, const HabitLimits& limits)
{
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(last_account_of(sender));
    if (found == entries_.end())
        return;
    found->second.habit.note_bounce(now, limits);
    changed_.insert(found->first);
}

bool HabitTable::release(std::string_view account, WallTime now)
{
    std::optional<AccountBrake> changed;
    {
        const std::lock_guard lock{mutex_};
        const auto found = entries_.find(account);
        if (found == entries_.end())
            return false;
        auto& entry = found->second;
        const bool was_free = entry.brake.brake == Brake::none;
        entry.habit.forgive();
        free(entry, now);
        entry.brake.locks = 0;
        changed_.insert(found->first);
        if (!was_free)
            changed = entry.brake;
    }
    hear(changed);
    return true;
}

bool HabitTable::exempt(std::string_view account, sys_seconds until)
{
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(account);
    if (found == entries_.end())
        return false;
    found->second.brake.exempt_until = until;
    changed_.insert(found->first);
    return true;
}

bool HabitTable::lock(std::string_view account, std::string why, sys_seconds until, WallTime now)
{
    if (account.empty() || account.size() > longest_account || account.find('\n') != account.npos)
        return false;
    std::ranges::replace(why, '\n', ' ');
    AccountBrake changed;
    {
        const std::lock_guard lock{mutex_};
        auto& entry = entry_of(std::string{account}, now);
        pull(entry, Brake::lock, now, {});
        entry.brake.why = why.substr(0, longest_why);
        entry.brake.until = until;
        changed = entry.brake;
    }
    hear(changed);
    return true;
}

void HabitTable::sweep(WallTime now)
{
    constexpr std::chrono::hours calm{1};
    std::vector<AccountBrake> freed;
    {
        const std::lock_guard lock{mutex_};
        for (auto& [account, entry] : entries_) {
            auto& brake = entry.brake;
            const bool is_over
                = brake.brake == Brake::lock ? now >= brake.until : now - brake.last >= calm;
            const bool is_of_the_future = brake.since > now + longest_lock; // the clock was ahead
            if (brake.brake == Brake::none || (!is_over && !is_of_the_future))
                continue;
            free(entry, now);
            changed_.insert(account);
            freed.push_back(brake);
        }
    }
    for (const auto& one : freed)
        hear(one);
}

std::optional<AccountBrake> HabitTable::find(std::string_view account) const
{
    const std::lock_guard lock{mutex_};
    const auto at = entries_.find(account);
    return at == entries_.end() ? std::nullopt : std::optional{at->second.brake};
}

std::vector<AccountBrake> HabitTable::list(bool all, std::string_view after, std::size_t limit,
                                           WallTime now) const
{
    std::vector<AccountBrake> some;
    const std::lock_guard lock{mutex_};
    for (auto at = entries_.upper_bound(after); at != entries_.end() && some.size() < limit; ++at)
        if (const auto& brake = at->second.brake;
            all || brake.brake != Brake::none || brake.exempt_until > now)
            some.push_back(brake);
    return some;
}

std::size_t HabitTable::size() const
{
    const std::lock_guard lock{mutex_};
    return entries_.size();
}

void HabitTable::save()
{
    write_changed(records_, mutex_, entries_, changed_, "the habits of accounts",
                  [](const auto& entry) { return encode(entry.second); });
}
}
