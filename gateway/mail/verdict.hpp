// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/reply.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mail {
enum class Action { deliver, tag, quarantine, discard, defer, reject };
std::string_view to_string(Action action);
std::optional<Action> parse_action(std::string_view text);

/// The step of the ladder that decided (house §7); `none` means nothing spoke against the message.
enum class Step { none, overriding, forced_list, spoofing, domain_list, user_list, rule, points };
std::string_view to_string(Step step);

/// What one recipient's policy decided, and the rule that decided it.
struct Verdict {
    Action action = Action::deliver;
    Step step = Step::none;
    std::string rule = {};        ///< for log, history, explain: "points ≥ 9", "dmarc.reject"
    double score = 0;             ///< sum of points, decided by them or not
    std::string public_text = {}; ///< for a refusal's reply; empty: a general sentence
    std::string enhanced = {};    ///< "5.7.1" and the like; empty: by action
};

/// What becomes of a reject that one reply can no longer say.
enum class Mixed { hold, discard };

/// The one reply that SMTP allows for a message with many verdicts.
struct Settlement {
    Reply reply;
    bool is_accepted = false;
};

/// Folds per-recipient verdicts into the end-of-data reply (house §6):
/// any defer → 451 and nothing is kept; all reject → 550; otherwise 250, and a reject that can no
/// longer be said becomes quarantine or discard by `mixed`, a reject by the user's own list always
/// discard. `contact` stands behind the text of refusals. The reply of an acceptance is filled by
/// delivery.
Settlement settle(std::vector<Verdict>& verdicts, Mixed mixed, std::string_view id,
                  std::string_view contact);
}
