// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/complaint.hpp"
#include "filters/scan/circumstances.hpp"

#include <memory>
#include <string>
#include <vector>

namespace filters {
struct Scanned;

/// Rules that somebody tries before they are in force: a list as under `layers.words.rules`, or
/// tests in SpamAssassin's language. They stand alone: they know of no other rules.
struct TrialRules {
    enum class Kind { words, spamassassin } kind = Kind::words;
    static constexpr std::size_t largest = 64U << 10; ///< octets
    std::string text;
};

/// One of them, as it would run.
struct TrialTest {
    std::string name;
    double score = 0; ///< 0 where its effect is no points
    std::string effect; ///< of words: "points", "block"…; of tests their kind: "header", "body"…
    /// Subject, From and Message-ID suffice to say whether it hits: history does.
    bool is_of_head = false;
};

/// What can be said of them without a message.
struct TrialBook {
    Complaints complaints;
    std::vector<TrialTest> tests;
};
TrialBook read_trial(const TrialRules& rules);
/// Of the kind `words` those on subject and header, as the layer runs them; nullptr: they are no
/// YAML.
std::unique_ptr<Layer> make_trial_words(const TrialRules& rules);

/// What the rules find in one message, each hit with what it costs (rules of words: in equal
/// parts). In the sandbox, or where the caller vouches for the message.
Scanned examine_trial(const mail::Message& message, const TrialRules& rules);

/// The same where messages are parsed: in the scan role, or on the worker pool where there is none.
/// Counts in no statistics.
awaitable<Scanned> try_rules(const mail::Message& message, std::shared_ptr<const TrialRules> rules,
                             Services& services);
}
