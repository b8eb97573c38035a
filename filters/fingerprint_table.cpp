// SPDX-License-Identifier: Apache-2.0
#include "filters/fingerprint_table.hpp"

#include "filters/content/hash64.hpp"
#include "filters/services.hpp"
#include "storage/records.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>

namespace filters {
namespace {
using content::Fingerprint;

/// From here on two texts are one: a vote for either counts for both.
constexpr double same = 0.92;
/// A text that has a known one in it and as much again around it.
constexpr double least_shared = 0.35;
constexpr std::uint32_t least_contained = 40; ///< shingles; less is found in too much
/// Estimates this near to each other say that either may be meant.
constexpr double tie = 0.02;
constexpr double like_spam = 0.7;
constexpr std::size_t most_matches = 8;
constexpr std::string_view state_name = "fingerprints";
constexpr std::uint32_t seen_again_after = 3600;

std::uint32_t seconds(FingerprintTable::Time time)
{
    return static_cast<std::uint32_t>(time.time_since_epoch().count());
}

double similarity_of(const Fingerprint& known, const Fingerprint& print)
{
    const double shared = resemblance(known, print);
    const bool may_be_inside = known.kind == Fingerprint::Kind::text && shared >= least_shared
        && known.shingles >= least_contained;
    return may_be_inside ? std::max(shared, containment(known, print)) : shared;
}

bool is_spam(const FingerprintEntry& entry) { return !entry.spam.is_empty(); }
bool is_only_of_feeds(const FingerprintEntry& entry)
{
    using Kind = Teacher::Kind;
    return entry.wanted.is_empty()
        && entry.spam.count(Kind::user) + entry.spam.count(Kind::administrator)
            + entry.spam.count(Kind::trap)
        == 0;
}
bool is_wanted(const FingerprintEntry& entry) { return !entry.wanted.is_empty(); }
}

std::shared_ptr<FingerprintTable> FingerprintTable::of(Services& services)
{
    auto& place = services.kept(state_name);
    if (!place)
        place = std::make_shared<FingerprintTable>();
    return std::static_pointer_cast<FingerprintTable>(place);
}

void FingerprintTable::keep(Services& services, storage::Records& known, storage::Records& mails)
{
    services.kept(state_name) = std::make_shared<FingerprintTable>(&known, &mails);
}

void FingerprintTable::judge_by(Services& services, const std::string& data)
{
    auto table = std::make_shared<FingerprintTable>();
    try {
        storage::Records::read_beside(
            data, storage::DatabaseFile::fingerprints,
            [&](std::int64_t number, std::string_view record) { table->take(number, record); });
    } catch (const std::exception& error) {
        spdlog::warn("the fingerprints of spam cannot be read: {}", error.what());
    }
    services.kept(state_name) = std::move(table);
}

FingerprintTable::FingerprintTable(storage::Records* records, storage::Records* mails)
    : records_{records}, mails_{mails}
{
    if (!records_)
        return;
    try {
        records_->read(
            [this](std::int64_t number, std::string_view record) { take(number, record); });
    } catch (const std::exception& error) {
        spdlog::error("the fingerprints of spam cannot be read: {}", error.what());
    }
}

std::int64_t FingerprintTable::record_number(const Fingerprint& print)
{
    return static_cast<std::int64_t>(
        content::mixed(print.exact[0] + static_cast<std::uint64_t>(print.kind)));
}

void FingerprintTable::take(std::int64_t number, std::string_view record)
{
    auto entry = FingerprintEntry::decode(record);
    if (entry && record_number(entry->print) == number)
        index_.insert(std::move(*entry));
    else if (records_)
        changed_[number] = FingerprintIndex::nowhere;
}

void FingerprintTable::configure(Limits limits)
{
    const std::unique_lock lock{mutex_};
    limits_ = limits;
    index_.reserve(limits.entries);
}

bool FingerprintTable::is_old(const FingerprintEntry& entry, Time now) const
{
    const Time last{std::chrono::seconds{std::max(entry.last_vote, entry.last_seen)}};
    return now - last > limits_.keep;
}

void FingerprintTable::note_change(Place place)
{
    if (!records_)
        return;
    changed_[record_number(index_.at(place).print)] = place;
}

FingerprintTable::Nearest
FingerprintTable::nearest(const Fingerprint& print, double least,
                          const std::function<bool(const FingerprintEntry&)>& is_meant) const
{
    if (const auto place = index_.find(print);
        place != FingerprintIndex::nowhere && is_meant(index_.at(place)))
        return {place, 1};
    Nearest best;
    for (const auto place : index_.near(print)) {
        const auto& entry = index_.at(place);
        const double similarity = similarity_of(entry.print, print);
        if (similarity >= least && similarity > best.similarity && is_meant(entry))
            best = {place, similarity};
    }
    return best;
}

std::optional<FingerprintTable::Match> FingerprintTable::match(const Fingerprint& print,
                                                               double similarity, Time now) const
{
    const auto spam = nearest(print, similarity, [&](const FingerprintEntry& entry) {
        return is_spam(entry) && !is_old(entry, now);
    });
    if (spam.place == FingerprintIndex::nowhere)
        return {};
    const auto wanted = nearest(print, similarity, is_wanted);
    const auto& entry = index_.at(spam.place);
    Match match{.path = print.path, .kind = print.kind, .similarity = spam.similarity};
    match.strength = entry.strength();
    match.is_exact = entry.print.exact == print.exact;
    const bool is_as_near_to_wanted = wanted.place != FingerprintIndex::nowhere
        && wanted.place != spam.place && wanted.similarity >= spam.similarity - tie;
    match.is_contested = entry.is_contested() || is_as_near_to_wanted;
    match.evidence = entry.evidence();
    return match;
}

std::vector<FingerprintTable::Match> FingerprintTable::find(Prints prints, double similarity,
                                                            Time now) const
{
    std::vector<Match> found;
    {
        const std::shared_lock lock{mutex_};
        for (const auto& print : prints)
            if (auto one = match(print, similarity, now))
                found.push_back(std::move(*one));
    }
    std::ranges::sort(found, std::greater{}, [](const Match& one) {
        return one.is_contested ? 0.0 : one.similarity * one.strength;
    });
    found.resize(std::min(found.size(), most_matches));
    return found;
}

/// What only feeds say goes first, then what was wanted, then what was seen longest ago.
void FingerprintTable::make_room()
{
    constexpr std::size_t looks = 64;
    constexpr std::uint32_t head_start = 30 * 24 * 3600;
    while (index_.size() >= std::max<std::size_t>(1, limits_.entries)) {
        auto worst = FingerprintIndex::nowhere;
        std::uint32_t worst_time = ~0U;
        for (std::size_t seen = 0; seen < looks || worst == FingerprintIndex::nowhere; ++seen) {
            hand_ = hand_ + 1 < index_.end() ? hand_ + 1 : 0;
            if (!index_.is_used(hand_))
                continue;
            const auto& entry = index_.at(hand_);
            auto time = std::max(entry.last_vote, entry.last_seen);
            if (is_only_of_feeds(entry))
                time = 0;
            else if (!is_spam(entry))
                time -= std::min(time, head_start);
            if (time < worst_time) {
                worst = hand_;
                worst_time = time;
            }
        }
        remove(worst);
    }
}

void FingerprintTable::remove(Place place)
{
    if (records_)
        changed_[record_number(index_.at(place).print)] = FingerprintIndex::nowhere;
    index_.remove(place);
}

FingerprintTable::Place FingerprintTable::insert(const Fingerprint& print, const Teacher& teacher,
                                                 Time now)
{
    if (teacher.kind != Teacher::Kind::feed)
        make_room();
    else if (index_.size() >= limits_.entries)
        return FingerprintIndex::nowhere;
    FingerprintEntry entry{.print = print, .first = seconds(now), .last_seen = seconds(now)};
    entry.print.path.clear();
    return index_.insert(std::move(entry));
}

/// Mail that is wanted disarms all spam that it looks like.
void FingerprintTable::contest(const Fingerprint& print, const Teacher& teacher)
{
    for (const auto place : index_.near(print)) {
        auto& entry = index_.at(place);
        if (is_spam(entry) && similarity_of(entry.print, print) >= like_spam
            && entry.wanted.add(teacher))
            note_change(place);
    }
}

FingerprintTable::Place FingerprintTable::place_of(const Fingerprint& print) const
{
    if (const auto place = index_.find(print); place != FingerprintIndex::nowhere)
        return place;
    for (const auto place : index_.near(print))
        if (resemblance(index_.at(place).print, print) >= same)
            return place;
    return FingerprintIndex::nowhere;
}

FingerprintTable::Place FingerprintTable::vote(const Fingerprint& print, bool spam,
                                               const Teacher& teacher, Time now, bool& is_news)
{
    auto place = place_of(print);
    if (place == FingerprintIndex::nowhere)
        place = insert(print, teacher, now);
    if (place == FingerprintIndex::nowhere)
        return place;
    auto& entry = index_.at(place);
    if (!(spam ? entry.spam : entry.wanted).add(teacher))
        return place;
    entry.last_vote = seconds(now);
    note_change(place);
    is_news = true;
    return place;
}

bool FingerprintTable::learn(Prints prints, bool spam, const Teacher& teacher, Time now)
{
    const std::unique_lock lock{mutex_};
    bool is_new = false;
    for (const auto& print : prints) {
        vote(print, spam, teacher, now, is_new);
        if (!spam)
            contest(print, teacher);
    }
    return is_new;
}

bool FingerprintTable::unlearn(Prints prints, bool spam, const Teacher& teacher)
{
    const std::unique_lock lock{mutex_};
    bool has_changed = false;
    for (const auto& print : prints) {
        auto places = index_.near(print);
        if (const auto place = index_.find(print); place != FingerprintIndex::nowhere)
            places.push_back(place);
        for (const auto place : places) {
            if (!index_.is_used(place))
                continue;
            auto& entry = index_.at(place);
            const bool is_meant = entry.print.exact == print.exact
                || similarity_of(entry.print, print) >= (spam ? same : like_spam);
            if (!is_meant || !(spam ? entry.spam : entry.wanted).remove(teacher))
                continue;
            has_changed = true;
            note_change(place);
            if (entry.spam.is_empty() && entry.wanted.is_empty())
                remove(place);
        }
    }
    return has_changed;
}

void FingerprintTable::note_good_sender(Prints prints, std::string_view domain)
{
    const std::unique_lock lock{mutex_};
    for (const auto& print : prints) {
        const auto spam = nearest(print, like_spam, is_spam);
        if (spam.place != FingerprintIndex::nowhere
            && index_.at(spam.place).add_good_sender(domain))
            note_change(spam.place);
    }
}

void FingerprintTable::note_hit(Prints prints, Time now)
{
    const std::unique_lock lock{mutex_};
    for (const auto& print : prints) {
        const auto spam = nearest(print, like_spam, is_spam);
        if (spam.place == FingerprintIndex::nowhere)
            continue;
        auto& entry = index_.at(spam.place);
        ++entry.hits;
        if (seconds(now) - entry.last_seen < seen_again_after)
            continue; // not a write to the disk for each copy
        entry.last_seen = seconds(now);
        note_change(spam.place);
    }
}

FingerprintTable::Counts FingerprintTable::counts() const
{
    Counts counts;
    each_place<std::shared_lock<std::shared_mutex>>([&](Place place) {
        const auto& entry = index_.at(place);
        counts.spam += is_spam(entry) ? 1 : 0;
        counts.wanted += is_spam(entry) ? 0 : 1;
        counts.contested += is_spam(entry) && entry.is_contested() ? 1 : 0;
    });
    return counts;
}
}
