// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/findings_json.hpp"
#include "filters/policy.hpp"

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

/// Why, for people: one plain sentence, points against thresholds, facts with evidence, the ladder,
/// the smallest change that would alter it. `policy` is the one in force now; where it would decide
/// otherwise today, that is said.
std::string explain(const Policy& policy, const Decision& decision);
}
