// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// One fact as history keeps it.
struct StoredFact {
    std::string name = {}, detail = {}, evidence = {};
    double points = 0;
    std::optional<double> weight = {};
    bool is_own = false; ///< of this recipient alone
    bool operator==(const StoredFact&) const = default;
};

/// Facts with the points that each brought, in order; those of rules that name no fact come last
/// under the rule's text.
std::vector<StoredFact> stored_facts(const mail::Findings& shared, const mail::Findings& own,
                                     const std::vector<Points>& points);

/// For HistoryRow::findings: `[{"name":…,"detail":…,"evidence":…,"points":…,"weight":…,"own":1}]`,
/// empty members left out, valid UTF-8, at most 8 KiB; facts that brought points come first, and
/// what does not fit is left out.
std::string findings_json(const mail::Findings& shared, const mail::Findings& own,
                          const std::vector<Points>& points);

/// The same for who may see headers alone: without the evidence of facts that quotes the body.
std::string without_quotes(std::string_view json);

/// Reads it back; unknown members are passed over. nullopt when it is not of that form.
std::optional<std::vector<StoredFact>> parse_findings_json(std::string_view json);
}
