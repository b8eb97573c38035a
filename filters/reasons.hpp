// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/findings_json.hpp"
#include "filters/policy.hpp"

#include <array>
#include <string>
#include <vector>

namespace filters {
/// A decision as history keeps it: enough to say why, long after the mail is gone.
struct Decision {
    mail::Action action = mail::Action::deliver;
    mail::Step step = mail::Step::none;
    std::string rule = {};
    double score = 0;
    std::vector<StoredFact> facts = {};
    bool is_trusted_forwarder = false;
    Moment moment = Moment::message; ///< when it was made
};

/// What a rung of the ladder (house §7) said. pending: an entry of a list that waits for the
/// message to prove its sender.
enum class RungSaid { nothing, acts, not_asked, pending };

/// The smallest change that would alter what the policy in force says. without: one fact fewer;
/// points: so many more; several: no single fact decides.
struct Change {
    enum class Kind { none, without, points, several } kind = Kind::none;
    std::string finding = {}; ///< of `without`
    double points = 0; ///< of `points`
    mail::Action action = mail::Action::deliver; ///< what it would be then
};

/// Why, as data.
struct Reasons {
    static constexpr std::size_t rungs = 6;
    const StoredFact* fact = nullptr; ///< that the deciding rule names; one of the decision's
    std::array<RungSaid, rungs> ladder{}; ///< from "never overridden" down to "points"
    mail::Verdict now = {}; ///< what the policy in force says to the same facts
    Change change = {};
};
/// `decision` must outlive it. `policy` is the one in force now.
Reasons reasons_of(const Policy& policy, const Decision& decision);

/// "observe: would …": the policy only looked; the rest of the text, or "" where it acted.
std::string_view observed_part(const Decision& decision);
}
