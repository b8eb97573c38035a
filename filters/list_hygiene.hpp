// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/dead_addresses.hpp"
#include "filters/forwarding_list.hpp"
#include "filters/list_uses.hpp"
#include "filters/roster.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// Something careless about a list or an alias (features O3, O4).
struct ListFinding {
    std::string list, member; ///< keys; the member may be "", or a name in a directory
    /// "dead", "outside", "missing", "repeated", "circle", "unreadable", "unused", "unanswered"
    std::string_view what;
    std::string why; ///< for people
    std::string
        source; ///< the file or "directory NAME"; "" where it is inferred from mail that was seen
    bool is_inferred = false;
};

/// What is known beside the rosters.
struct ListFacts {
    std::function<bool(const std::string& key)> is_own; ///< a mailbox of one of our domains
    std::function<bool(const std::string& key)> is_missing; ///< one of ours that does not exist
    std::vector<DeadAddress> dead;
    std::vector<Forwarding> forwards;
    std::vector<ListUse> uses;
    std::chrono::sys_seconds now{};
};

/// By list, member and what it is. What a roster says is not said again as inferred.
std::vector<ListFinding> careless_lists(const Rosters& rosters, const ListFacts& facts);
}
