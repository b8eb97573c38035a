// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/complaint.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace filters::rulebook {
/// What of a message a rule looks at.
enum class Kind { header, body, rawbody, uri, full, mimeheader, meta, evaluation, empty };
std::string_view to_string(Kind kind);

/// A line of a rule file; `file` counts in RuleBook::files, lines from 1.
struct Place {
    std::uint32_t file = 0, line = 0;
};

/// An expression as written in a rule, without its delimiters.
struct Expression {
    std::string text;
    std::string modifiers; ///< of "imsx" and others that Perl knows
    unsigned column = 1; ///< of `text` in its line, from 1
};

/// One test of the rule language (Mail::SpamAssassin::Conf, "rule definitions").
struct Rule {
    std::string name;
    Kind kind = Kind::empty;
    Place place;
    std::string line; ///< as it stands in the file, for complaints
    Expression expression; ///< of header, body, rawbody, uri, full, mimeheader
    std::string field; ///< of header and mimeheader, with its modifiers: "From:addr"
    bool is_negated = false; ///< "!~"
    bool is_existence = false; ///< "exists:"
    std::optional<std::string> if_unset;
    std::string formula; ///< of meta
    std::string function; ///< of evaluations
    std::vector<std::string> arguments;
    Kind target = Kind::empty; ///< of evaluations: what they were declared as
};

/// What "tflags" says of a test.
struct Flags {
    bool is_multiple = false, is_net = false, is_nice = false, is_learned = false,
         is_user_made = false, has_no_subject = false;
    unsigned most_hits = 0; ///< 0: no limit
};

/// What was said of a name in other lines than its definition.
struct Traits {
    Flags flags;
    std::optional<std::array<double, 4>> scores; ///< local, network, learner, both
    std::map<std::string, std::string> descriptions; ///< by language; "" for all
    bool has_tags = false; ///< "replace_rules"
};

/// Something in a rule file that does not work here, or that is done by another part of the house.
struct Remark {
    enum class Severity {
        broken, ///< no program could understand it
        unsupported, ///< SpamAssassin can, we cannot
        elsewhere ///< asks the network or a learner: layers of ours do that
    } severity
        = Severity::broken;
    std::string name; ///< the test's or the setting's
    Complaint complaint;
};

/// An address pattern with "*" and "?", and for entries "_rcvd" the relay's domain.
struct AddressEntry {
    std::string pattern, relay;
};

/// The settings that tests read.
struct Lists {
    std::map<std::string, std::vector<AddressEntry>, std::less<>> addresses; ///< "welcomelist_from"
    std::map<std::string, std::vector<std::string>, std::less<>> words; ///< "freemail_domains"
    std::map<std::string, std::vector<std::string>, std::less<>> uri_hosts; ///< enlist_uri_host
    std::map<std::string, std::vector<std::string>, std::less<>>
        named_addresses; ///< enlist_addrlist
};

/// Of "freemail_domains" those with "*" and "?", once a RuleSet has sorted the lists.
constexpr std::string_view freemail_patterns = "freemail_domains*";

/// Everything that a set of rule files says. Later lines beat earlier ones of the same name.
struct RuleBook {
    std::vector<std::string> files;
    std::vector<Rule> rules; ///< in the order of their first definition
    std::unordered_map<std::string, Traits> traits;
    std::map<std::string, std::string> replace_tags, replace_pre, replace_inter, replace_post;
    char replace_start = '<', replace_end = '>';
    Lists lists;
    std::vector<Remark> remarks;

    const Traits& traits_of(const std::string& name) const;
};
}
