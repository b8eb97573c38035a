// SPDX-License-Identifier: Apache-2.0
#include "filters/habit.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <functional>
#include <numeric>
#include <type_traits>

namespace filters {
namespace {
constexpr std::uint32_t slots_a_day = 288, slots_a_week = 7 * slots_a_day;
constexpr std::size_t burst_buckets = 3; // ten minutes and what the first one lacks
constexpr std::uint32_t most_met = 400; // in one Bloom filter: 1 in 60 is taken for known
constexpr std::uint32_t few_met = 20; // who wrote to fewer has no habit yet
constexpr float growth_a_day = 1.2F, left_after_a_day = 0.99F;

std::uint32_t slot_of(Habit::WallTime time)
{
    const auto seconds
        = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    return static_cast<std::uint32_t>(std::max<std::int64_t>(seconds, 0) / 300);
}

/// Moves the buckets back by so many; the newest are empty then.
template <std::size_t size> void shift(std::array<std::uint16_t, size>& buckets, std::size_t by)
{
    by = std::min(by, size);
    std::copy_backward(buckets.begin(), buckets.end() - static_cast<std::ptrdiff_t>(by),
                       buckets.end());
    std::fill_n(buckets.begin(), by, std::uint16_t{0});
}

void add(std::uint16_t& bucket, std::size_t count)
{
    bucket = static_cast<std::uint16_t>(std::min<std::size_t>(bucket + count, 65'535));
}

template <std::size_t size> unsigned total(const std::array<std::uint16_t, size>& buckets)
{
    return std::accumulate(buckets.begin(), buckets.end(), 0U);
}

/// The three bits of a recipient in a filter of 4,096.
std::array<std::uint32_t, 3> bits_of(std::uint64_t hash)
{
    return {static_cast<std::uint32_t>(hash & 4095), static_cast<std::uint32_t>(hash >> 12 & 4095),
            static_cast<std::uint32_t>(hash >> 24 & 4095)};
}
bool holds(const std::array<std::uint64_t, 64>& filter, std::uint64_t hash)
{
    return std::ranges::all_of(bits_of(hash), [&](std::uint32_t bit) {
        return (filter[bit / 64] >> (bit % 64) & 1) != 0;
    });
}
}

std::string_view to_string(Brake brake)
{
    constexpr std::array<std::string_view, 4> words{"none", "slow", "hold", "lock"};
    return words[static_cast<std::size_t>(brake)];
}

/// What went well on a day is usual afterwards, but for more than a fifth above the usual; what is
/// no longer done is forgotten slowly. Beneath `least` nobody is stopped: it may be learnt at once.
void Habit::Peak::end_day(float days, float least)
{
    const float learnt = std::min(today, std::max(usual * growth_a_day, least));
    usual = std::max(usual * std::pow(left_after_a_day, days), learnt);
    today = 0;
}

void Habit::end_days(std::uint32_t days, const HabitLimits& limits)
{
    const auto count = static_cast<float>(days);
    const auto least = [&](unsigned limit) {
        return static_cast<float>(static_cast<double>(limit) / limits.factor);
    };
    state_.burst.end_day(count, least(limits.in_10_minutes));
    state_.hour.end_day(count, least(limits.in_hour));
    state_.day.end_day(count, least(limits.in_day));
    state_.strangers.end_day(count, least(limits.strangers));
    state_.copies_seen.end_day(count, least(limits.copied_in_hour));
    state_.copies_hidden.end_day(count, least(limits.hidden_in_hour));
}

/// A clock that was ahead is put right: what was counted then lies in no hour any more.
void Habit::turn_back(std::uint32_t slot)
{
    begin_anew();
    state_.slot = slot;
    state_.first = std::min(state_.first, slot);
}

void Habit::advance(WallTime now, const HabitLimits& limits)
{
    if (slot_of(now) + slots_a_day < state_.slot)
        turn_back(slot_of(now));
    const auto slot = std::max(slot_of(now), state_.slot);
    if (state_.slot == 0)
        state_.first = state_.slot = slot;
    const auto passed = slot - state_.slot;
    if (const auto days = slot / slots_a_day - state_.slot / slots_a_day)
        end_days(days, limits);
    shift(state_.recipients, passed);
    shift(state_.strange, passed);
    shift(state_.bounced, passed);
    shift(state_.copied, passed);
    shift(state_.hidden, passed);
    const auto dormant = std::chrono::duration_cast<std::chrono::minutes>(limits.dormant_after) / 5;
    if (passed >= static_cast<std::uint64_t>(dormant.count()))
        state_.woke = slot;
    else if (state_.woke != 0 && slot - state_.woke >= in_hour)
        state_.woke = 0;
    state_.slot = slot;
}

/// Whether the account never wrote to this recipient before, as far as that is remembered.
bool Habit::meet(std::uint64_t recipient)
{
    if (holds(state_.met, recipient))
        return false;
    const bool was_met = holds(state_.met_before, recipient);
    if (++state_.met_count % most_met == 0) {
        state_.met_before = state_.met;
        state_.met = {};
    }
    for (const auto bit : bits_of(recipient))
        state_.met[bit / 64] |= std::uint64_t{1} << (bit % 64);
    return !was_met;
}

unsigned Habit::sum(std::size_t buckets) const
{
    const auto& all = state_.recipients;
    return std::accumulate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(buckets), 0U);
}

Habit::Judgement Habit::take(std::span<const std::uint64_t> recipients, WallTime now,
                             const HabitLimits& limits, Copies copies)
{
    advance(now, limits);
    const bool has_habits
        = state_.met_count >= few_met && state_.slot - state_.first >= slots_a_week;
    std::size_t strangers = 0;
    for (const auto recipient : recipients)
        strangers += meet(recipient);
    add(state_.recipients.front(), recipients.size());
    add(state_.copied.front(), copies.copied);
    add(state_.hidden.front(), copies.hidden);
    if (has_habits)
        add(state_.strange.front(), strangers);
    const auto reach = [](Peak& peak, unsigned count) {
        peak.today = std::max(peak.today, static_cast<float>(count));
    };
    reach(state_.burst, sum(burst_buckets));
    reach(state_.hour, sum(in_hour));
    reach(state_.day, sum(in_day));
    reach(state_.strangers, total(state_.strange));
    reach(state_.copies_seen, total(state_.copied));
    reach(state_.copies_hidden, total(state_.hidden));
    return judge(static_cast<unsigned>(recipients.size()), limits);
}

Habit::Judgement Habit::judge(unsigned of_mail, const HabitLimits& limits) const
{
    Judgement judgement;
    const auto compare = [&](std::string_view name, unsigned count, double limit) {
        const double ratio = limit > 0 ? count / limit : 0;
        if (ratio >= 1)
            judgement.reasons.push_back({name, ratio, count, limit});
    };
    const auto own = [&](unsigned limit, const Peak& peak) {
        return std::max(static_cast<double>(limit),
                        limits.factor * static_cast<double>(peak.usual));
    };
    const unsigned hour = sum(in_hour);
    compare("fan_out", of_mail, limits.per_message);
    compare("burst", sum(burst_buckets), own(limits.in_10_minutes, state_.burst));
    compare("hour", hour, own(limits.in_hour, state_.hour));
    compare("day", sum(in_day), own(limits.in_day, state_.day));
    compare("copied", total(state_.copied), own(limits.copied_in_hour, state_.copies_seen));
    compare("hidden", total(state_.hidden), own(limits.hidden_in_hour, state_.copies_hidden));
    compare("strangers", total(state_.strange), own(limits.strangers, state_.strangers));
    if (state_.woke != 0)
        compare("waking", hour, limits.after_waking);
    if (hour >= 10)
        compare("bounces", total(state_.bounced), limits.bounced_share * hour);
    std::ranges::sort(judgement.reasons, std::greater{}, &Reason::ratio);
    const double worst = judgement.reasons.empty() ? 0 : judgement.reasons.front().ratio;
    judgement.brake = worst >= limits.lock ? Brake::lock
        : worst >= limits.hold             ? Brake::hold
        : worst >= 1                       ? Brake::slow
                                           : Brake::none;
    return judgement;
}

void Habit::note_bounce(WallTime now, const HabitLimits& limits)
{
    if (state_.slot == 0)
        return; // of mail that somebody else sent in its name
    const auto woke = state_.woke;
    const auto slot = state_.slot;
    advance(now, limits);
    if (state_.slot - slot >= in_day)
        state_.woke = woke; // a bounce wakes nobody
    add(state_.bounced.front(), 1);
}

void Habit::forgive()
{
    for (Peak* peak : {&state_.burst, &state_.hour, &state_.day, &state_.strangers,
                       &state_.copies_seen, &state_.copies_hidden})
        peak->usual = std::max(peak->usual, peak->today);
    state_.woke = 0;
    state_.bounced = {};
}

void Habit::begin_anew()
{
    for (Peak* peak : {&state_.burst, &state_.hour, &state_.day, &state_.strangers,
                       &state_.copies_seen, &state_.copies_hidden})
        peak->today = 0;
    state_.woke = 0;
    state_.recipients = {};
    state_.strange = {};
    state_.bounced = {};
    state_.copied = {};
    state_.hidden = {};
}

std::string Habit::encode() const
{
    static_assert(std::is_trivially_copyable_v<State>);
    std::string octets(sizeof(State), '\0');
    std::memcpy(octets.data(), &state_, sizeof(State));
    return octets;
}

std::optional<Habit> Habit::decode(std::string_view octets)
{
    constexpr std::size_t size_of_first = offsetof(State, copies_seen);
    Habit habit;
    const auto version = habit.state_.version;
    if (octets.size() != sizeof(State) && octets.size() != size_of_first)
        return {};
    std::memcpy(&habit.state_, octets.data(), octets.size());
    if (habit.state_.version != (octets.size() == size_of_first ? 1 : version))
        return {};
    habit.state_.version = version;
    return habit;
}
}
