// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "storage/history.hpp"
#include "web/api/json.hpp"

#include <string>

namespace web {
/// Why one recipient's mail got its verdict, told from its history row by the policy of today.
std::string explain_row(const filters::PolicySet& policy, const storage::HistoryRow& row);

/// The same as data, for whoever says it in another language: members of an object that is open.
void write_explanation(JsonWriter& json, const filters::PolicySet& policy,
                       const storage::HistoryRow& row);
}
