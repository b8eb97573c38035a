// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "gateway/smtp/own_policy.hpp"
#include "storage/history.hpp"
#include "web/api/json.hpp"

#include <string>

namespace web {
/// The policy by which a row's mail would be judged today: its owner's (smtp::RecipientPolicies);
/// nullptr where the row has no recipient who could have one.
const filters::Policy* policy_of(smtp::RecipientPolicies& policies, const storage::HistoryRow& row);

/// Why one recipient's mail got its verdict, told from its history row by that policy.
std::string explain_row(const filters::Policy* policy, const storage::HistoryRow& row);

/// The same as data, for whoever says it in another language: members of an object that is open.
/// `is_own`: the thresholds are a person's own.
void write_explanation(JsonWriter& json, const filters::Policy* policy, bool is_own,
                       const storage::HistoryRow& row);
}
