// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/records.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// An address outside that refuses mail as one that does not exist.
struct DeadAddress {
    std::string address, sender; ///< keys; of ours, who wrote to it last
    std::string text; ///< what its server said
    std::chrono::sys_seconds first{}, last{}; ///< refusals
    unsigned refusals = 0;
    /// Three refusals over two days and more, the last not a month ago: then mail is tried again.
    bool is_dead(std::chrono::sys_seconds now) const;
    bool operator==(const DeadAddress&) const = default;
};

/// Whether a refusal is about the mailbox: "5.1.1", or words that say it does not exist.
bool is_unknown_mailbox(std::string_view enhanced, std::string_view text);

/// Addresses outside to which our accounts and lists keep writing in vain (features O4, O6).
/// Bounded: what was refused longest ago makes room. What the last minute brought may be lost in a
/// crash. Safe from all threads.
class DeadAddresses {
public:
    static constexpr std::size_t most = 100'000;
    using Time = std::chrono::sys_seconds;
    /// Reads what is kept; nullptr: nothing is, and nothing outlives it. Blocks.
    explicit DeadAddresses(storage::Records* records = nullptr) { keep_in(records); }
    /// The one of the process; made on first use, empty.
    static DeadAddresses& here();
    void keep_in(storage::Records* records);

    void note_refusal(std::string_view address, std::string_view sender, std::string_view text,
                      Time now);
    /// It took mail, or a person says that it lives. False: nothing was known of it.
    bool forget(std::string_view address);
    /// nullopt: it may live.
    std::optional<DeadAddress> find(std::string_view address, Time now) const;
    /// Those that are dead, whose senders are wanted, in order behind `after`.
    std::vector<DeadAddress> list(const std::function<bool(const std::string& sender)>& is_wanted,
                                  std::string_view after, std::size_t limit, Time now) const;
    /// Writes what changed. Blocks; an error goes to the log, and is tried again the next time.
    void save();

private:
    void make_room();
    storage::Records* records_ = nullptr;
    mutable std::mutex mutex_; // guards what follows
    std::map<std::string, DeadAddress, std::less<>> all_;
    std::set<std::string> changed_; // and not saved; those not in all_ went
};
}
