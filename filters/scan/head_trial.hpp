// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/rule_set.hpp"
#include "filters/scan/trial.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// Those rules on trial that From, Subject and Message-ID decide, made once for many mails of which
/// no more is known. For one thread at a time.
class HeadTrial {
public:
    explicit HeadTrial(const TrialRules& rules);
    ~HeadTrial();
    bool is_empty() const { return names_.empty(); }
    /// Names of those that hit. The texts are decoded, as history keeps them.
    std::vector<std::string> hits(std::string_view from, std::string_view subject,
                                  std::string_view message_id) const;

private:
    std::vector<std::string> names_;
    std::unique_ptr<Layer> words_;
    std::unique_ptr<rulebook::RuleSet> tests_;
};

/// Names of the tests of a book that the same decides.
std::vector<std::string> names_of_head(const rulebook::RuleBook& book);
}
