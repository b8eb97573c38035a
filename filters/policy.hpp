// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// A condition on facts: one name with an optional glob on the detail, or a combination. Stored
/// flat, in prefix order, so that evaluation needs no recursion.
struct Condition {
    enum class Kind { fact, all, any, none };
    struct Node {
        Kind kind = Kind::fact;
        std::string name, glob; ///< fact
        std::size_t size = 1; ///< nodes of this subtree, itself included
    };
    std::vector<Node> nodes;
    bool holds(const mail::Findings& shared, const mail::Findings& own) const;
    /// It asks for the absence of a fact: such a rule waits until after the dot.
    bool needs_absence() const;
};

/// One line of a policy: when these facts hold, act or add points.
struct Rule {
    Condition when;
    std::optional<mail::Action> then = {};
    bool is_allow = false; ///< then: allow
    double add = 0;
    bool is_weighted = false; ///< add × the finding's weight
    std::string text; ///< as people wrote it: "spf.fail, dkim.none"
    std::string where; ///< file:line
};

enum class Mode { enforce, observe };

/// How one recipient's domain wants facts judged.
struct Policy {
    std::string name; ///< "default" or the domain
    std::vector<Rule> rules;
    std::optional<double> tag, quarantine, block; ///< thresholds of the points
    mail::Action block_action = mail::Action::reject; ///< or discard
    std::string tag_subject = "[S_P_A_M] ";
    Mode mode = Mode::enforce;
};

/// A policy document: layers to run, the default policy, per-domain ones. Immutable.
struct PolicySet {
    std::vector<std::string> layers;
    Policy standard;
    std::map<std::string, Policy, std::less<>> domains; ///< by ascii domain
    std::string source; ///< its YAML, for `policy show`
    const Policy& of(const mail::Domain& recipient_domain) const;
};

/// Where judgement speaks: at RCPT only lists, recipient verification and explicit reject/defer
/// count.
enum class Moment { recipient, message };

/// One contribution to the score.
struct Points {
    std::string finding, rule;
    double points = 0;
};

/// Why judge said what it said, for history and people.
struct Judgement {
    mail::Verdict verdict;
    std::vector<Points> points;
};

/// The ladder of house §7; the first step that acts, wins. Pure. In mode observe the verdict is
/// `deliver` and its rule says "observe: would …".
Judgement judge(const Policy& policy, const mail::Mail& mail, const mail::Recipient& recipient,
                Moment moment);
}
