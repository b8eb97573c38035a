// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/history.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace storage {
/// What is counted beside history; the name says of what. Actions, latency and levels in steps of
/// five minutes, what has names without end in steps of six hours, all else by the hour.
enum class Tally {
    action, ///< recipients, by action
    domain_action, ///< the same by recipient's and by sending domain: "b.example deliver"
    layer, ///< stopped or tagged, by the layer of the finding with most points
    score, ///< recipients by score, rounded down: "-1", "0", … "20"
    latency, ///< messages by the time they took, in milliseconds' upper bounds: "10", … "more"
    client, ///< recipients, by the client's address
    bad_client, ///< of these those not simply delivered
    sender_domain,
    bad_sender_domain, ///< the same by sender's domain
    recipient_domain,
    bad_recipient_domain,
    reason, ///< of recipients not simply delivered: the fact that decided, or "points"
    level ///< no count: the most there was of "waiting" and "held" rows in a step
};

struct Count {
    WallTime step{}; ///< its beginning; the first of the time asked for where steps are summed
    Tally kind = Tally::action;
    std::string name = {};
    std::uint64_t number = 0;
};

struct CountQuery {
    std::vector<Tally> kinds = {};
    WallTime since{}, until{}; ///< since: the step in which it lies counts whole
    /// Steps are summed to this; zero: all of them.
    std::chrono::seconds step{300};
    std::string prefix = {}; ///< of names; then all kinds must have steps of one length
    std::size_t limit = 10'000; ///< the largest, where all steps are summed
};

/// Counters kept beside history, so that no plot reads it.
class Statistics {
public:
    static constexpr std::chrono::minutes step{5};
    virtual ~Statistics() = default;
    /// In the order of kind, step and name; where all steps are summed the largest first.
    virtual awaitable<std::vector<Count>> counts(CountQuery query) = 0;
    /// A level as it is now; does not wait, and may be lost like a row of history.
    virtual void note_level(std::string name, WallTime now, std::uint64_t number) = 0;
};
}
