// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/records.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace filters {
/// Mail of accounts that came back, and mail that they wrote to the same addresses afterwards: who
/// does that reads no bounces, as far as a gateway can see (features O5). Of the last thirty days,
/// by day. Bounded: the oldest days make room. What the last minute brought may be lost in a crash.
/// Safe from all threads.
class UnreadBounces {
public:
    using Time = std::chrono::sys_seconds;
    static constexpr std::size_t most = 20'000;
    static constexpr std::chrono::days kept{30};
    explicit UnreadBounces(storage::Records* records = nullptr) { keep_in(records); }
    /// The one of the process; made on first use, empty.
    static UnreadBounces& here();
    /// Gives it its place on disk, before anything is noted; `records` outlive the last `save`.
    /// Blocks.
    void keep_in(storage::Records* records);

    /// Mail of this account, with this envelope sender, did not reach that address. All are keys.
    void note_bounce(std::string_view account, std::string_view sender, std::string_view address,
                     Time now);
    /// Whether a mail of this sender to that address came back in the last thirty days.
    bool came_back(std::string_view sender, std::string_view address, Time now) const;
    /// The sender wrote there again; counts only where mail came back before.
    void note_again(std::string_view sender, std::string_view address, Time now);

    struct Sum {
        unsigned bounces = 0, again = 0;
        bool operator==(const Sum&) const = default;
    };
    /// Of the last thirty days, by account; of those that are wanted.
    std::map<std::string, Sum>
    sums(const std::function<bool(const std::string& account)>& is_wanted, Time now) const;
    /// Writes what changed. Blocks; an error goes to the log, and is tried again the next time.
    void save();

private:
    struct Day {
        std::string account;
        Sum sum;
        std::int64_t day = 0; ///< since 1970
    };
    using Days = std::map<std::string, Day, std::less<>>; // by sender, address and day
    Days::const_iterator last_of(std::string_view sender, std::string_view address, Time now) const;
    Day* day_of(std::string_view account, std::string_view sender, std::string_view address,
                Time now);
    void make_room(std::int64_t today);

    storage::Records* records_ = nullptr;
    mutable std::mutex mutex_; // guards what follows
    Days days_;
    std::set<std::string> changed_; // and not saved; those not in days_ went
};
}
