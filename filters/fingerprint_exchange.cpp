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

void FingerprintTable::save(Time now)
{
    save_mails(now);
    if (!records_)
        return;
    drop_old(now);
    std::vector<storage::Records::Change> changes;
    std::map<std::int64_t, Place> taken;
    {
        const std::unique_lock lock{mutex_};
        taken.swap(changed_);
        for (const auto& [number, place] : taken)
            changes.push_back(
                {number, place == FingerprintIndex::nowhere ? "" : index_.at(place).encode()});
    }
    if (changes.empty())
        return;
    try {
        records_->write(changes);
    } catch (const std::exception& error) {
        spdlog::error("the fingerprints of spam cannot be written: {}", error.what());
        const std::unique_lock lock{mutex_};
        changed_.merge(taken); // what changed again meanwhile is newer
    }
}

std::string FingerprintTable::exported(Time now) const
{
    std::string out{head};
    const std::shared_lock lock{mutex_};
    for (Place place = 0; place < index_.end(); ++place) {
        if (!index_.is_used(place))
            continue;
        const auto& known = index_.at(place);
        // Who said it is nobody else's business.
        if (is_told_here(known) && !known.is_contested() && !is_old(known, now))
            out += content::encode({&known.print, 1});
    }
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
    for (const auto& print : *prints) {
        const std::unique_lock lock{mutex_};
        vote(print, true, teacher, now);
    }
    forget_all_but(*prints, teacher);
    return prints->size();
}

/// What a list no longer has, it no longer says.
void FingerprintTable::forget_all_but(Prints prints, const Teacher& teacher)
{
    std::vector<bool> is_listed;
    const std::unique_lock lock{mutex_};
    is_listed.resize(index_.end());
    for (const auto& print : prints)
        if (const auto place = place_of(print); place != FingerprintIndex::nowhere)
            is_listed[place] = true;
    for (Place place = 0; place < index_.end(); ++place) {
        if (is_listed[place] || !index_.is_used(place) || !index_.at(place).spam.remove(teacher))
            continue;
        note_change(place);
        if (index_.at(place).spam.is_empty() && index_.at(place).wanted.is_empty())
            remove(place);
    }
}
}
