// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/complaint.hpp"
#include "filters/policy.hpp"

#include <expected>
#include <string>
#include <vector>

namespace filters {
/// Parses and checks a policy document whole: unknown and duplicate keys, unknown findings, layers
/// and actions.
std::expected<PolicySet, Complaints> parse_policy(const std::string& yaml, const std::string& file);

/// Writes for people why a message got its verdict: one plain sentence, points against thresholds,
/// facts with evidence, the ladder, the smallest change that would alter it.
std::string explain(const Policy& policy, const mail::Mail& mail, const mail::Recipient& recipient,
                    const Judgement& judgement, Moment moment = Moment::message);
}
