// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/records.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// An address of ours and one outside that its mail goes on to.
struct Forwarding {
    std::string from, to; ///< keys of mailboxes
    std::chrono::sys_seconds first{}, last{};
    std::uint64_t mails = 0, spam = 0; ///< seen; of them judged spam when they came in
    bool operator==(const Forwarding&) const = default;
};

/// All addresses seen forwarding outside (features O1). Bounded: what was seen longest ago makes
/// room. What the last minute brought may be lost in a crash. Safe from all threads.
class ForwardingList {
public:
    static constexpr std::size_t most = 100'000;
    /// Reads what is kept; nullptr: nothing is, and nothing outlives it. Blocks.
    explicit ForwardingList(storage::Records* records = nullptr);
    /// The one of the process; made on first use, empty.
    static ForwardingList& here();
    /// Gives the one of the process its place on disk, before anything is noted; `records` outlive
    /// the last `save`. Blocks.
    void keep_in(storage::Records* records);

    void note(std::string_view from, std::string_view to, bool is_spam,
              std::chrono::sys_seconds now);
    /// Behind `after` (a `from` and a `to`), in order of both; of those that are wanted.
    std::vector<Forwarding> list(const std::function<bool(const std::string& from)>& is_wanted,
                                 const std::pair<std::string, std::string>& after,
                                 std::size_t limit) const;
    std::size_t size() const;
    /// Writes what changed. Blocks; an error goes to the log, and is tried again the next time.
    void save();

private:
    using Key = std::pair<std::string, std::string>;
    void make_room();

    storage::Records* records_ = nullptr;
    mutable std::mutex mutex_; // guards what follows
    std::map<Key, Forwarding> all_;
    std::set<Key> changed_; // and not saved; those not in all_ went
};
}
