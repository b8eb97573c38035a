// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// Something in a message that honest programs do not make, that has more than one reading, or that
/// went over a limit. A fact, never a decision: the layer `attachments` turns it into a finding.
struct Oddity {
    std::string_view name; ///< of `oddity_names`: "ambiguous_structure", "over_limit" ...
    std::string detail
        = {}; ///< what and where, in a few words: "part 1.2: two Content-Type fields"
    /// Analysis is not complete because of it: a limit was hit, or nobody can read it.
    bool is_unscannable = false;
    bool operator==(const Oddity&) const = default;
};
using Oddities = std::vector<Oddity>;

/// The closed list of names, so that policies can be checked against it.
std::span<const std::string_view> oddity_names();
}
