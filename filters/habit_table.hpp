// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/habit.hpp"
#include "storage/records.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// Where an account stands.
struct AccountBrake {
    std::string account;
    Brake brake = Brake::none;
    std::string why; ///< "burst: 80 recipients, 60 are usual at most"
    std::chrono::sys_seconds since{}, until{}; ///< of the brake; `until` only where it is locked
    std::chrono::sys_seconds exempt_until{};
    std::chrono::sys_seconds last{}; ///< its last mail
    unsigned locks = 0; ///< within a week
};

/// How hard the brake is pulled.
struct BrakeSettings {
    HabitLimits limits;
    std::chrono::seconds slow_pause{60}; ///< between two mails of an account that is slowed down
    std::chrono::seconds lock_for{4 * 3600}; ///< doubles with each lock of a week, up to a day
    bool is_observing = false; ///< what would be done is told, and everything is let through
    unsigned pushes
        = 100; ///< mails turned away in ten minutes after which those of a slow account are held
};

/// The habits of all accounts and the brake on each: slow, hold, lock, and free again by time or by
/// a person (features O5). Bounded: the account that was silent longest makes room. What the last
/// minute brought may be lost in a crash. Safe from all threads.
class HabitTable {
public:
    using WallTime = std::chrono::system_clock::time_point;
    static constexpr std::size_t most = 50'000;
    /// Reads what is kept; nullptr: nothing is, and nothing outlives it. Blocks.
    explicit HabitTable(storage::Records* records = nullptr);
    /// The one of the process; made on first use, empty.
    static HabitTable& here();
    void keep_in(storage::Records* records);
    /// Hears of every account whose brake changes, outside of the lock, on the thread that saw it.
    void on_change(std::function<void(const AccountBrake&)> hear);

    struct Answer {
        Brake brake = Brake::none; ///< slow: turned away for now
        std::string why = {};
    };
    /// One mail of an account from this envelope sender to these recipients (hashes): counts it,
    /// unless it is turned away, and says what becomes of it.
    Answer take(const std::string& account, std::string_view sender,
                std::span<const std::uint64_t> recipients, WallTime now,
                const BrakeSettings& settings, Copies copies = {});
    /// Whether it is locked now.
    std::optional<Answer> lock_of(std::string_view account, WallTime now);
    /// The lock on whoever used this envelope sender last, while it lasts.
    std::optional<AccountBrake> lock_over(std::string_view sender, WallTime now) const;
    /// Mail from this envelope sender bounced.
    void note_bounce(std::string_view sender, WallTime now, const HabitLimits& limits);
    /// A person lets it go, and what it did so far is usual. False: there is no such account.
    bool release(std::string_view account, WallTime now);
    /// Nothing is done to it until then, and it learns. A time that has passed ends that.
    bool exempt(std::string_view account, std::chrono::sys_seconds until);
    /// A person locks it.
    bool lock(std::string_view account, std::string why, std::chrono::sys_seconds until,
              WallTime now);
    /// Ends locks whose time has passed.
    void sweep(WallTime now);
    /// By name, behind `after`; all, or those that are braked or exempt.
    std::vector<AccountBrake> list(bool all, std::string_view after, std::size_t limit,
                                   WallTime now) const;
    /// nullopt: it sent nothing yet.
    std::optional<AccountBrake> find(std::string_view account) const;
    std::size_t size() const;
    /// Writes what changed. Blocks; an error goes to the log, and is tried again the next time.
    void save();

private:
    struct Entry {
        Habit habit;
        AccountBrake brake;
        std::chrono::sys_seconds passed{}; ///< the last mail that was let through while slow
        std::chrono::sys_seconds pushed_since{};
        unsigned pushed = 0; ///< mails turned away since then
        std::chrono::sys_seconds first_lock{}; ///< of those counted
    };
    using Entries = std::map<std::string, Entry, std::less<>>;
    Entry& entry_of(const std::string& account, WallTime now);
    void make_room(WallTime now);
    void note_sender(std::string_view sender, const std::string& account);
    /// Where nobody else used it: itself.
    std::string_view last_account_of(std::string_view sender) const;
    static std::string encode(const Entry& entry);
    void take_record(std::string_view record);
    Brake judge(Entry& entry, const Habit::Judgement& judgement, const Habit& after, WallTime now,
                const BrakeSettings& settings);
    bool may_pass_slowly(Entry& entry, WallTime now, const BrakeSettings& settings);
    static void pull(Entry& entry, Brake brake, WallTime now, const BrakeSettings& settings);
    static void free(Entry& entry, WallTime now);
    void hear(const std::optional<AccountBrake>& changed) const;

    storage::Records* records_ = nullptr;
    std::function<void(const AccountBrake&)> hear_;
    mutable std::mutex mutex_; // guards what follows
    Entries entries_;
    std::map<std::string, std::string, std::less<>> by_sender_; // the other that used it last
    std::set<std::string> changed_; // and not saved; those not in entries_ went
};
}
