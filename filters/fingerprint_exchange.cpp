// SPDX-License-Identifier: Apache-2.0
// How the table of fingerprints reaches the disk and other nodes.
#include "filters/fingerprint_table.hpp"
#include "storage/records.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>

namespace filters {
namespace {
constexpr std::string_view head = "mailweir fingerprints 1\n";
constexpr std::size_t most_imported = 1'000'000;
constexpr FingerprintIndex::Place places_a_sweep = 20'000;
constexpr std::size_t changes_at_once = 1000;

std::optional<std::vector<content::Fingerprint>> prints_of(std::string_view exported)
{
    if (!exported.starts_with(head))
        return {};
    auto prints = content::decode_fingerprints(exported.substr(head.size()));
    if (prints && prints->size() > most_imported)
        return {};
    return prints;
}

bool is_told_here(const FingerprintEntry& entry)
{
    using Kind = Teacher::Kind;
    return entry.spam.count(Kind::user) + entry.spam.count(Kind::administrator)
        + entry.spam.count(Kind::trap)
        > 0;
}
}

/// A part each time, so that nobody waits long.
void FingerprintTable::drop_old(Time now)
{
    const std::unique_lock lock{mutex_};
    for (Place looked = 0; looked < std::min(places_a_sweep, index_.end()); ++looked) {
        sweep_ = sweep_ + 1 < index_.end() ? sweep_ + 1 : 0;
        if (index_.is_used(sweep_) && is_old(index_.at(sweep_), now))
            remove(sweep_);
    }
}

/// All is written again that is still known.
void FingerprintTable::note_all()
{
    each_place<std::unique_lock<std::shared_mutex>>([this](Place place) { note_change(place); });
}

void FingerprintTable::write_changes()
{
    std::map<std::int64_t, Place> taken;
    {
        const std::unique_lock lock{mutex_};
        taken.swap(changed_);
    }
    try {
        for (auto at = taken.begin(); at != taken.end();) {
            std::vector<storage::Records::Change> changes;
            {
                const std::shared_lock lock{mutex_};
                for (; at != taken.end() && changes.size() < changes_at_once; ++at) {
                    const auto& [number, place] = *at;
                    const bool is_there = place != FingerprintIndex::nowhere
                        && index_.is_used(place) && record_number(index_.at(place).print) == number;
                    changes.push_back({number, is_there ? index_.at(place).encode() : ""});
                }
            }
            records_->write(changes);
        }
    } catch (const std::exception& error) {
        spdlog::error("the fingerprints of spam cannot be written: {}", error.what());
        const std::unique_lock lock{mutex_};
        changed_.merge(taken); // what changed again meanwhile is newer
    }
}

void FingerprintTable::save(Time now)
{
    save_mails(now);
    if (!records_)
        return;
    drop_old(now);
    write_changes();
    if (records_->take_loss()) {
        note_all();
        write_changes();
    }
}

std::string FingerprintTable::exported(Time now) const
{
    std::string out{head};
    each_place<std::shared_lock<std::shared_mutex>>([&](Place place) {
        const auto& known = index_.at(place);
        // Who said it is nobody else's business.
        if (is_told_here(known) && !known.is_contested() && !is_old(known, now))
            out += content::encode({&known.print, 1});
    });
    return out;
}

bool FingerprintTable::is_export(std::string_view text) { return prints_of(text).has_value(); }

std::optional<std::size_t> FingerprintTable::import(std::string_view exported,
                                                    const std::string& feed, Time now)
{
    const auto prints = prints_of(exported);
    if (!prints)
        return {};
    const Teacher teacher{Teacher::Kind::feed, feed};
    std::unordered_set<std::int64_t> numbers; ///< of what the list has and is known
    const auto number_of_known = [&](const content::Fingerprint& print) {
        const auto place = place_of(print);
        return place == FingerprintIndex::nowhere
            ? std::nullopt
            : std::optional{record_number(index_.at(place).print)};
    };
    const std::size_t most = limits_.entries / 2;
    for (const auto& print : *prints) {
        const std::shared_lock lock{mutex_};
        if (const auto number = number_of_known(print); number && numbers.size() < most)
            numbers.insert(*number);
    }
    // First what goes, so that there is room for what comes.
    forget_all_but(numbers, teacher);
    for (const auto& print : *prints) {
        const std::unique_lock lock{mutex_};
        const auto number = number_of_known(print);
        if (numbers.size() >= most && !(number && numbers.contains(*number)))
            continue;
        bool is_news = false;
        const auto place = vote(print, true, teacher, now, is_news);
        if (place != FingerprintIndex::nowhere)
            numbers.insert(record_number(index_.at(place).print));
    }
    return numbers.size();
}

/// What a list no longer has, it no longer says.
void FingerprintTable::forget_all_but(const std::unordered_set<std::int64_t>& numbers,
                                      const Teacher& teacher)
{
    each_place<std::unique_lock<std::shared_mutex>>([&](Place place) {
        auto& entry = index_.at(place);
        if (numbers.contains(record_number(entry.print)) || !entry.spam.remove(teacher))
            return;
        note_change(place);
        if (entry.spam.is_empty() && entry.wanted.is_empty())
            remove(place);
    });
}
}
