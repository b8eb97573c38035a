// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "filters/layer.hpp"

#include <expected>
#include <string>
#include <vector>

namespace filters {
/// A complaint about YAML: printed as "file:line:col: error: text", the source line, a caret, and a hint.
struct Complaint {
    std::string file;
    int line = 0, column = 0;        ///< from 1
    std::string text;
    std::string source_line;
    std::string hint;                ///< "did you mean \"quarantine\"?"
    std::string to_string() const;
};
using Complaints = std::vector<Complaint>;

/// Parses and checks a policy document whole: unknown and duplicate keys, unknown findings, layers and actions.
std::expected<PolicySet, Complaints> parse_policy(const std::string& yaml, const std::string& file);

/// Writes for people why a message got its verdict: one plain sentence, points against thresholds, facts with
/// evidence, the ladder, the smallest change that would alter it.
std::string explain(const Policy& policy, const mail::Mail& mail, const mail::Recipient& recipient,
                    const Judgement& judgement);
}
