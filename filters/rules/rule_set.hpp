// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/pattern.hpp"
#include "filters/rules/evaluation.hpp"
#include "filters/rules/formula.hpp"
#include "filters/rules/literal_index.hpp"
#include "filters/rules/matcher.hpp"
#include "filters/rules/message_view.hpp"
#include "filters/rules/rule.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// How rules are chosen and run.
struct RuleSetOptions {
    unsigned score_set = 0; ///< local tests without a learner; as SpamAssassin counts
    bool has_all_tests = false; ///< also those that no score asks for
    bool has_prefilter = true;
    Matcher::Speed speed = Matcher::Speed::quick;
    std::function<void()> on_test = {}; ///< before each test is made ready; may be empty
};

/// A test as it runs.
struct Test {
    std::string name, description, japanese; ///< descriptions; "" none
    Kind kind = Kind::empty;
    double score = 0;
    bool is_reported = false; ///< its hits count; else it serves others
    bool is_negated = false, is_existence = false, is_multiple = false, has_no_subject = false;
    unsigned most_hits = 0;
    std::optional<std::string> if_unset;
    std::optional<Matcher> matcher;
    std::string captured_template; ///< an expression with "%{NAME}" in it
    std::string modifiers;
    bool has_captures = false;
    std::optional<Formula> formula;
    Evaluation function = nullptr;
    Kind target = Kind::body; ///< of functions: what they were declared as
    std::vector<std::string> arguments;
    bool has_literals = false;
};

/// What running cost, test by test.
struct Cost {
    std::uint64_t runs = 0, hits = 0, gave_up = 0;
    std::chrono::nanoseconds time{0};
};
using Costs = std::vector<Cost>;

/// The tests of a rule book, ready to run: compiled once before the sandbox closes, immutable then.
class RuleSet {
public:
    /// Tests that cannot run are left out; remarks in `book` say why.
    RuleSet(RuleBook& book, RuleSetOptions options);
    ~RuleSet();
    RuleSet(RuleSet&&) noexcept;

    struct Result {
        /// By test: how often it hit; of formulas and functions their value.
        /// What did not run to its end has 0, and so has what hangs on it.
        std::vector<double> values;
        std::vector<std::uint32_t> gave_up; ///< tests that took too long
        bool is_spent = false; ///< the budget ended before the tests did
    };
    /// `costs` has tests().size() entries or is empty.
    Result run(const MessageView& view, PatternBudget& budget, std::span<Cost> costs = {}) const;
    const std::vector<Test>& tests() const { return tests_; }

private:
    friend class RuleSetBuilder;
    friend class RuleRun;
    /// All expressions that look at the same texts.
    struct Target {
        Kind kind = Kind::empty;
        std::string field;
        LiteralIndex literals; ///< values count in `members`
        std::vector<std::uint32_t> members; ///< tests
        std::vector<std::uint32_t> always; ///< of those, by place in `members`, without literals
    };
    std::vector<Test> tests_;
    std::vector<Target> targets_;
    /// A test whose expression is known only with the message.
    struct Late {
        std::uint32_t test = 0;
        Kind kind = Kind::empty;
        std::string field;
    };
    std::vector<Late> late_;
    std::vector<std::uint32_t> functions_, formulas_; ///< formulas behind those they need
    Lists lists_;
};
}
