// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"
#include "filters/rules/rule_counters.hpp"

#include <memory>
#include <string>
#include <vector>

namespace filters {
struct TrialRules;

/// How the message came here, as a Received field without its name tells it: the field that the
/// gateway will write, with the envelope's sender. Unfolded, at most `longest_hop` octets; ""
/// where nobody knows.
std::string hop_of(const mail::Mail& mail);
constexpr std::size_t longest_hop = 1024;

/// What the gate tells of a message beside its octets.
struct Circumstances {
    std::string hop = {}; ///< as `hop_of` says
    bool is_measured = false; ///< what each test costs is wanted, too
    bool is_timed = false; ///< what each layer costs; measuring tests would distort it
    std::shared_ptr<const TrialRules> trial = {}; ///< these are run, and nothing else
};

/// A content layer that looks at the circumstances, too, which the message does not tell.
class CircumstantialLayer : public ContentLayer {
public:
    Findings inspect(const mail::Message& message, const Content& content) const final
    {
        std::vector<TestCost> costs;
        return inspect_with(message, content, {}, costs);
    }
    /// Adds to `costs` if they are wanted.
    virtual Findings inspect_with(const mail::Message& message, const Content& content,
                                  const Circumstances& circumstances,
                                  std::vector<TestCost>& costs) const
        = 0;
};
}
