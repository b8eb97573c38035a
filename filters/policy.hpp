// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <cstdint>
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
        std::string name = {}, glob = {}; ///< fact
        std::size_t size = 1; ///< nodes of this subtree, itself included
        std::uint64_t bit = 0; ///< name_bit(name) once compiled; 0: compare in any case
    };
    static constexpr std::size_t most_nodes = 64;
    std::vector<Node> nodes; ///< at most `most_nodes`
    bool holds(const mail::Findings& shared, const mail::Findings& own) const;
    /// The same with the bits of all findings' names at hand, so that most facts cost one AND.
    bool holds(const mail::Findings& shared, const mail::Findings& own, std::uint64_t bits) const;
    /// The first fact that is asked for (not its absence) and the finding that fulfils it; nullptr
    /// without one.
    const mail::Finding* first_found(const mail::Findings& shared, const mail::Findings& own) const;
    /// The finding has this node's name and its detail fits the glob.
    static bool matches(const Node& fact, const mail::Finding& finding);
    /// It asks for the absence of a fact: such a rule waits until after the dot.
    bool needs_absence() const;
};

/// One of 64 bits by the name, so that absent names are known by one AND.
std::uint64_t name_bit(std::string_view name);

/// `*` and `?`, whatever the case of ASCII letters. Linear in practice, quadratic at worst.
bool glob_matches(std::string_view glob, std::string_view text);

/// One line of a policy: when these facts hold, act or add points.
struct Rule {
    Condition when;
    std::optional<mail::Action> then = {};
    bool is_allow = false; ///< then: allow
    double add = 0;
    bool is_weighted = false; ///< add × the finding's weight
    std::optional<double> from_points = {}; ///< acts only where the sum of points is this or more
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
/// `deliver` and its rule says "observe: would …"; only what cannot be taken at all (an overriding
/// finding that no rule names: unknown recipient, mail loop) is refused then too. A listed
/// forwarder is never refused for what a mail is: its reject becomes quarantine, or discard by a
/// user's list.
Judgement judge(const Policy& policy, const mail::Mail& mail, const mail::Recipient& recipient,
                Moment moment);
}
