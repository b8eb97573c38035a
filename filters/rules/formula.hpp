// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// An arithmetic and boolean expression, as "meta" and "if" have them: names, numbers, brackets,
/// ! - * / % + < <= > >= == != & | && ||. Compiled to postfix; neither parsing nor evaluation
/// recurses.
class Formula {
public:
    struct Fault {
        std::string text;
        std::size_t offset = 0;
    };
    /// What a name stands for: a number, or variables whose sum it is.
    struct Operand {
        double number = 0;
        std::vector<std::uint32_t> variables = {};
    };
    /// Asked for each name; `argument` is what stands in brackets behind "plugin(", "can(", "has("
    /// and "rules_matching(".
    using Resolver = std::function<Operand(std::string_view name, std::string_view argument)>;

    static std::expected<Formula, Fault> parse(std::string_view text, const Resolver& resolve);
    /// Each variable once, ascending.
    const std::vector<std::uint32_t>& variables() const { return variables_; }
    /// `values` by variable. Division by zero gives 0.
    double evaluate(std::span<const double> values) const;
    /// What a number may be.
    struct Range {
        double low = 0, high = 0;
        bool can_be_zero = true;
        bool is_zero() const { return low == 0 && high == 0; }
        static Range of(double value) { return {value, value, value == 0}; }
    };
    /// The same where not every value is known: nothing that the formula may be lies outside.
    Range evaluate(std::span<const Range> ranges) const;

private:
    friend class FormulaParser;
    enum class Operation : std::uint8_t {
        number,
        variable,
        negation, ///< !
        minus,
        product,
        quotient,
        remainder,
        sum,
        difference,
        less,
        at_most,
        more,
        at_least,
        equal,
        unequal,
        bit_and,
        bit_or,
        both,
        either,
        open
    };
    struct Step {
        Operation operation = Operation::number;
        double number = 0;
        std::uint32_t variable = 0;
    };
    static double apply(Operation operation, double left, double right);
    static Range apply(Operation operation, Range left, Range right);
    std::vector<Step> steps_;
    std::vector<std::uint32_t> variables_;
};
}
