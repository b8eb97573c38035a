// SPDX-License-Identifier: Apache-2.0
#include "filters/unread_findings.hpp"

#include "filters/finding_types.hpp"

#include <algorithm>

namespace filters {
namespace {
bool names(const Policy& policy, std::string_view finding)
{
    return std::ranges::any_of(policy.rules, [&](const Rule& rule) {
        return std::ranges::any_of(rule.when.nodes, [&](const Condition::Node& node) {
            return node.kind == Condition::Kind::fact && node.name == finding;
        });
    });
}

/// Who makes it works without being asked by the policy, or is asked.
bool can_occur(const PolicySet& policy, std::string_view finding)
{
    const auto maker = finding.substr(0, finding.find('.'));
    for (const auto* type : layer_types())
        if (type->name == maker)
            return type->is_listener_layer
                || std::ranges::find(policy.layers, maker) != policy.layers.end();
    return true; // the framing of the data, the scan
}
}

std::vector<const FindingType*> unread_findings(const PolicySet& policy)
{
    std::vector<const FindingType*> unread;
    for (const auto name : finding_names()) {
        const auto* type = finding_type(name);
        const bool acts_alone
            = type->is_overriding || name.starts_with("lists.") || name.ends_with(".error");
        const bool is_named = names(policy.standard, name)
            || std::ranges::any_of(policy.domains,
                                   [&](const auto& domain) { return names(domain.second, name); });
        if (!acts_alone && !is_named && can_occur(policy, name))
            unread.push_back(type);
    }
    return unread;
}
}
