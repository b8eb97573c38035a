// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/fingerprint_index.hpp"
#include "gateway/mail/id.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace storage {
class Records;
}

namespace filters {
struct Services;

/// The fingerprints that people, spam traps and other nodes reported, and those of mail that was
/// wanted. Bounded: what was seen longest ago makes room, first of all what was wanted. Kept in the
/// data directory; what the last minute brought may be lost in a crash. Safe from all threads.
class FingerprintTable {
public:
    using Time = std::chrono::sys_seconds;
    using Prints = std::span<const content::Fingerprint>;

    /// The one of these services; one that nothing outlives where `keep` was not called.
    static std::shared_ptr<FingerprintTable> of(Services& services);
    /// Makes the one of these services, kept in `known`; `mails`: where fingerprints of recent mail
    /// are, so that decisions on it can teach. Both outlive it. Blocks.
    static void keep(Services& services, storage::Records& known, storage::Records& mails);
    /// Makes the one of these services, only to judge by what a data directory holds. Blocks.
    static void judge_by(Services& services, const std::string& data);
    /// Reads what is kept; nullptr: nothing is, and nothing outlives it.
    explicit FingerprintTable(storage::Records* records = nullptr,
                              storage::Records* mails = nullptr);

    struct Limits {
        std::size_t entries = 100'000; ///< about 370 octets each
        std::chrono::days keep{60}; ///< since it was reported or seen last
    };
    void configure(Limits limits);

    /// A part of a message that is known.
    struct Match {
        std::string path;
        content::Fingerprint::Kind kind = content::Fingerprint::Kind::text;
        double similarity = 1; ///< how much of the known one is there, or how alike they are
        double strength = 0; ///< how sure it is that the known one is spam
        bool is_exact = false, is_contested = false;
        std::string evidence = {};
    };
    /// The best match of each part with spam, from `similarity` on, the strongest first; at most 8.
    std::vector<Match> find(Prints prints, double similarity, Time now) const;

    /// Somebody says what a message is. False: nothing new (said before by the same, or nothing in
    /// it can be told from other mail).
    bool learn(Prints prints, bool is_spam, const Teacher& teacher, Time now);
    /// Takes that back; what nobody else said goes.
    bool unlearn(Prints prints, bool is_spam, const Teacher& teacher);
    /// So that a decision on this mail can teach later. Bounded: over 32,768 that were not saved
    /// yet nothing more is remembered. Never waits.
    void remember(mail::MailId mail, Prints prints);
    /// What is remembered of a mail; nullopt: nothing is. Blocks.
    std::optional<std::vector<content::Fingerprint>> remembered(mail::MailId mail);
    /// By what is remembered of a mail; nullopt: nothing is. Blocks.
    std::optional<bool> learn(mail::MailId mail, bool is_spam, const Teacher& teacher, Time now);
    std::optional<bool> unlearn(mail::MailId mail, bool is_spam, const Teacher& teacher);
    /// A sender of good repute, proven by DKIM, sent this: three of them, and what is like it is no
    /// longer taken for spam.
    void note_good_sender(Prints prints, std::string_view domain);
    /// It came again; what is seen stays.
    void note_hit(Prints prints, Time now);

    /// How long what is remembered of a mail can teach; 7 days where nobody said.
    void keep_mails(std::chrono::days keep) { keep_mails_ = keep; }
    /// Writes what changed, and forgets mail older than that. Blocks; an error goes to the log, and
    /// is tried again the next time.
    void save(Time now);

    struct Counts {
        std::size_t spam = 0, wanted = 0, contested = 0;
    };
    Counts counts() const;

    /// What people and traps said here to be spam and nobody contests, for other nodes; not what
    /// came from others.
    std::string exported(Time now) const;
    /// Whether `import` would take it.
    static bool is_export(std::string_view text);
    /// Takes what another node exported, in place of what came under the same name before; all or
    /// nothing. nullopt: it is no such text. Otherwise how many of its fingerprints are known now:
    /// half of the table at most, and none in place of what is there. Blocks.
    std::optional<std::size_t> import(std::string_view exported, const std::string& feed, Time now);

private:
    using Place = FingerprintIndex::Place;
    struct Nearest {
        Place place = FingerprintIndex::nowhere;
        double similarity = 0;
    };
    static std::int64_t record_number(const content::Fingerprint& print);
    void take(std::int64_t number, std::string_view record);
    Nearest nearest(const content::Fingerprint& print, double least,
                    const std::function<bool(const FingerprintEntry&)>& is_meant) const;
    std::optional<Match> match(const content::Fingerprint& print, double similarity,
                               Time now) const;
    /// Where it was counted, or was counted before; nowhere: there was no room.
    Place vote(const content::Fingerprint& print, bool is_spam, const Teacher& teacher, Time now,
               bool& is_news);
    /// Of the very same, or of what counts as the same.
    Place place_of(const content::Fingerprint& print) const;
    void forget_all_but(const std::unordered_set<std::int64_t>& numbers, const Teacher& teacher);
    Place insert(const content::Fingerprint& print, const Teacher& teacher, Time now);
    void remove(Place place);
    void make_room();
    /// Each place in use, a few at a time under the lock, so that nobody waits long. What is
    /// inserted meanwhile may be left out.
    template <class Lock, class Work> void each_place(const Work& work) const;
    void write_changes();
    void note_all();
    void contest(const content::Fingerprint& print, const Teacher& teacher);
    void drop_old(Time now);
    void note_change(Place place);
    bool is_old(const FingerprintEntry& entry, Time now) const;

    void save_mails(Time now);

    storage::Records *records_, *mails_;
    Limits limits_;
    mutable std::shared_mutex mutex_;
    FingerprintIndex index_;
    std::map<std::int64_t, Place> changed_; ///< since they were saved; nowhere: they went
    std::mutex mails_mutex_;
    std::map<std::int64_t, std::string> mails_to_save_;
    std::atomic<std::chrono::days> keep_mails_{std::chrono::days{7}};
    Place hand_ = 0, sweep_ = 0; ///< where the next looks for room and for what is old begin
};
template <class Lock, class Work> void FingerprintTable::each_place(const Work& work) const
{
    constexpr Place places_at_once = 1000;
    for (Place begin = 0;; begin += places_at_once) {
        const Lock lock{mutex_};
        if (begin >= index_.end())
            return;
        for (Place place = begin; place < std::min(begin + places_at_once, index_.end()); ++place)
            if (index_.is_used(place))
                work(place);
    }
}
}
