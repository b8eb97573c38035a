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
#include <utility>
#include <vector>

namespace filters {
/// An account, and an address of ours under which it sends though nothing says that it may.
struct SenderPair {
    std::string account, address; ///< the address as a key
    std::chrono::sys_seconds first{}, last{};
    std::uint64_t mails = 0;
    bool is_approved = false; ///< a person said that it may
};

/// Who was seen sending as whom, to be approved (features O2). Bounded: what was seen longest ago
/// and is not approved makes room. What the last minute brought may be lost in a crash. Safe from
/// all threads.
class SenderPairs {
public:
    static constexpr std::size_t most = 20'000;
    explicit SenderPairs(storage::Records* records = nullptr) { keep_in(records); }
    /// The one of the process; made on first use, empty.
    static SenderPairs& here();
    /// Gives it its place on disk, before anything is noted; `records` outlive the last `save`.
    /// Blocks.
    void keep_in(storage::Records* records);

    /// Names of accounts differ by letters' case nowhere.
    void note(std::string_view account, std::string_view address, std::chrono::sys_seconds now);
    bool is_approved(std::string_view account, std::string_view address) const;
    /// From now on the account may; also for a pair that was not seen yet. False: there is no room.
    bool approve(std::string_view account, std::string_view address, std::chrono::sys_seconds now);
    /// Neither seen nor approved any more. False: there was no such pair.
    bool forget(std::string_view account, std::string_view address);
    /// Behind `after` (account and address), in order of both; of addresses that are wanted.
    std::vector<SenderPair> list(bool approved,
                                 const std::function<bool(const std::string& address)>& is_wanted,
                                 const std::pair<std::string, std::string>& after,
                                 std::size_t limit) const;
    /// Writes what changed. Blocks; an error goes to the log, and is tried again the next time.
    void save();

private:
    using Key = std::pair<std::string, std::string>;
    static Key key_of(std::string_view account, std::string_view address);
    SenderPair* pair_of(std::string_view account, std::string_view address,
                        std::chrono::sys_seconds now);
    bool make_room();

    storage::Records* records_ = nullptr;
    mutable std::mutex mutex_; // guards what follows
    std::map<Key, SenderPair> all_;
    std::set<Key> changed_; // and not saved; those not in all_ went
};
}
