// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/domain_check.hpp"
#include "web/api/site.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace web {
/// What a public list says of one of our addresses or domains.
struct Listing {
    std::string subject, zone, name, url;
    std::string state; ///< "listed", "not_listed", "refuses" (asks us not to ask), "unknown"
    std::string answer; ///< its addresses and words
};

/// What the DNS said of our domains when somebody last asked. Lives on the loop of the API;
/// bounded by the domains of the configuration.
class DomainRecords {
public:
    using Wall = std::chrono::system_clock::time_point;
    /// Nobody asks public lists about the same more often: their terms want that.
    static constexpr std::chrono::minutes list_pause{60};
    static constexpr std::chrono::seconds record_pause{15};
    static DomainRecords& here();

    struct Looked {
        Wall at{}, lists_at{}; ///< the epoch: never
        bool is_busy = false, is_busy_with_lists = false;
        std::vector<smtp::DomainFact> facts = {};
        std::vector<Listing> lists = {};
    };
    Looked& of(const std::string& domain) { return all_[domain]; }
    const Looked* find(const std::string& domain) const;

    Wall watched_next{}; ///< when public lists are asked again by themselves
    std::set<std::string> listed; ///< conditions that stand, as "SUBJECT at ZONE"

private:
    std::map<std::string, Looked> all_;
};

/// Asks the DNS about a domain of ours, and puts the answers in place of those before.
awaitable<void> look_at_records(Site& site, std::string domain);
/// Asks public lists about it and about the addresses from which its mail goes out.
awaitable<void> look_at_lists(Site& site, std::string domain);
/// Asks public lists about all domains where the configuration wants that and the time has come.
/// What is listed stands as a condition until its list says otherwise; a list that refuses to
/// answer changes nothing.
awaitable<void> watch_lists(Site& site);
}
