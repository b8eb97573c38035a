// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/signature.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// The ARC fields of a message, put in order (RFC 8617 §4.2).
struct ArcChain {
    static constexpr unsigned most_sets = 50; ///< RFC 8617 §4.2.1
    struct Set {
        const mail::Field* results = nullptr; ///< ARC-Authentication-Results
        Signature message; ///< ARC-Message-Signature
        Signature seal; ///< ARC-Seal
    };
    std::vector<Set> sets; ///< by instance, from 1; only of a chain without a problem
    std::string problem; ///< of structure or syntax; "" where there is none
    unsigned highest = 0; ///< the highest instance seen
    bool is_ended = false; ///< the newest seal says cv=fail

    static ArcChain read(const mail::Message& message);
    bool is_empty() const { return highest == 0 && problem.empty(); }
};

/// The instance "i=1;" in front of an ARC-Authentication-Results value, and what follows it.
struct ArcInstance {
    unsigned number = 0;
    std::string_view rest;
};
std::optional<ArcInstance> read_arc_instance(std::string_view raw_value);

/// Appends the canonical fields of one set whole, as a later seal covers them (RFC 8617 §5.1.1).
void append_set(std::string& out, const mail::Message& message, const ArcChain::Set& set);
}
