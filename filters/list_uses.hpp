// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/records.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// What passed the gateway of one list or alias.
struct ListUse {
    std::string list; ///< a key
    std::chrono::sys_seconds since{}, last{}; ///< watched since; the last mail to it or from it
    /// Of notices to its moderators: when the first came that nobody answered, and the last.
    std::chrono::sys_seconds waits_since{}, noticed{};
    unsigned waiting = 0; ///< requests, as far as notices and answers say
    unsigned notices = 0; ///< since then
    bool operator==(const ListUse&) const = default;
};

/// When lists and aliases were used, and whether their moderators answer (features O4). Bounded:
/// beyond, no further list is watched. What the last minute brought may be lost in a crash. Safe
/// from all threads.
class ListUses {
public:
    using Time = std::chrono::sys_seconds;
    static constexpr std::size_t most = 50'000;
    explicit ListUses(storage::Records* records = nullptr) { keep_in(records); }
    /// The one of the process; made on first use, empty.
    static ListUses& here();
    /// Gives it its place on disk; what it says of a list that is watched already holds. `records`
    /// outlive the last `save`. Blocks.
    void keep_in(storage::Records* records);

    /// From now on, those that are not yet.
    void watch(std::span<const std::string> lists, Time now);
    /// Mail to it or from it passed; nothing where it is not watched.
    void note_mail(std::string_view list, Time now);
    /// A notice passed; `waiting`: the number that it tells. `mail`: the same for each copy of it.
    void note_waiting(std::string_view list, std::optional<unsigned> waiting, std::uint64_t mail,
                      Time now);
    /// A moderator answered one.
    void note_answer(std::string_view list, Time now);
    /// In order of their names.
    std::vector<ListUse> all() const;
    /// Writes what changed. Blocks; an error goes to the log, and is tried again the next time.
    void save();

private:
    struct Entry {
        ListUse use;
        std::uint64_t notice = 0; ///< the last that was counted
    };
    Entry* find(std::string_view list);

    storage::Records* records_ = nullptr;
    mutable std::mutex mutex_; // guards what follows
    std::map<std::string, Entry, std::less<>> all_;
    std::set<std::string> changed_; // and not saved
};
}
