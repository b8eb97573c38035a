// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/formula.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_steps = 20'000;

bool is_name_character(char c) { return mail::is_alphanumeric(c) || c == '_' || c == ':'; }
}

/// Two stacks (shunting-yard): operators wait until what comes binds less.
class FormulaParser {
public:
    using Operation = Formula::Operation;
    using Step = Formula::Step;

    FormulaParser(std::string_view text, const Formula::Resolver& resolve)
        : text_{text}, resolve_{resolve}
    { }

    std::expected<Formula, Formula::Fault> run()
    {
        while (skip_blanks(), fault_.empty() && at_ < text_.size())
            wants_operand_ ? operand() : operation();
        if (fault_.empty() && wants_operand_)
            fail(at_ == 0 || text_.empty() ? "the expression is empty"
                                           : "something is missing here");
        while (fault_.empty() && !waiting_.empty())
            waiting_.back().first == Operation::open
                ? fail_at("\"(\" is never closed", waiting_.back().second)
                : emit_waiting();
        if (!fault_.empty())
            return std::unexpected{Formula::Fault{fault_, fault_at_}};
        auto& used = out_.variables_;
        std::ranges::sort(used);
        used.erase(std::ranges::unique(used).begin(), used.end());
        return std::move(out_);
    }

private:
    void skip_blanks()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
    }
    void fail(std::string text) { fail_at(std::move(text), at_); }
    void fail_at(std::string text, std::size_t at)
    {
        fault_ = std::move(text);
        fault_at_ = at;
    }
    void emit(Step step)
    {
        out_.steps_.push_back(step);
        if (out_.steps_.size() > most_steps)
            fail("the expression is too long");
    }
    void emit_waiting()
    {
        emit({.operation = waiting_.back().first});
        waiting_.pop_back();
    }

    void operand()
    {
        const char c = text_[at_];
        if (c == '(')
            waiting_.emplace_back(Operation::open, at_++);
        else if (c == '!')
            waiting_.emplace_back(Operation::negation, at_++);
        else if (c == '-')
            waiting_.emplace_back(Operation::minus, at_++);
        else if (c == '+')
            ++at_;
        else if ((c >= '0' && c <= '9') || c == '.')
            number();
        else if (is_name_character(c))
            name();
        else
            fail("a name, a number or \"(\" must stand here");
    }

    void number()
    {
        double value = 0;
        const auto [end, error]
            = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
        if (error != std::errc{})
            return fail("this is no number");
        at_ = static_cast<std::size_t>(end - text_.data());
        emit({.operation = Operation::number, .number = value});
        wants_operand_ = false;
    }

    void name()
    {
        const auto start = at_;
        while (at_ < text_.size() && is_name_character(text_[at_]))
            ++at_;
        const auto name = text_.substr(start, at_ - start);
        std::string_view argument;
        if (takes_argument(name) && !read_argument(argument))
            return fail("\"(\" and an argument must stand here");
        put(resolve_(name, argument));
        wants_operand_ = false;
    }

    static bool takes_argument(std::string_view name)
    {
        return name == "plugin" || name == "can" || name == "has" || name == "rules_matching";
    }

    bool read_argument(std::string_view& argument)
    {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != '(')
            return false;
        const auto close = text_.find(')', at_);
        if (close == std::string_view::npos)
            return false;
        argument = mail::trimmed(text_.substr(at_ + 1, close - at_ - 1));
        at_ = close + 1;
        return true;
    }

    void put(const Formula::Operand& operand)
    {
        if (operand.variables.empty())
            return emit({.operation = Operation::number, .number = operand.number});
        for (std::size_t i = 0; i < operand.variables.size(); ++i) {
            emit({.operation = Operation::variable, .variable = operand.variables[i]});
            out_.variables_.push_back(operand.variables[i]);
            if (i > 0)
                emit({.operation = Operation::sum});
        }
    }

    struct Sign {
        std::string_view text;
        Operation operation;
    };
    static constexpr std::array<Sign, 15> signs{{{"||", Operation::either},
                                                 {"&&", Operation::both},
                                                 {"<=", Operation::at_most},
                                                 {">=", Operation::at_least},
                                                 {"==", Operation::equal},
                                                 {"!=", Operation::unequal},
                                                 {"<", Operation::less},
                                                 {">", Operation::more},
                                                 {"+", Operation::sum},
                                                 {"-", Operation::difference},
                                                 {"*", Operation::product},
                                                 {"/", Operation::quotient},
                                                 {"%", Operation::remainder},
                                                 {"&", Operation::bit_and},
                                                 {"|", Operation::bit_or}}};

    static int strength(Operation operation)
    {
        switch (operation) {
        case Operation::negation:
        case Operation::minus:
            return 9;
        case Operation::product:
        case Operation::quotient:
        case Operation::remainder:
            return 8;
        case Operation::sum:
        case Operation::difference:
            return 7;
        case Operation::less:
        case Operation::at_most:
        case Operation::more:
        case Operation::at_least:
            return 6;
        case Operation::equal:
        case Operation::unequal:
            return 5;
        case Operation::bit_and:
            return 4;
        case Operation::bit_or:
            return 3;
        case Operation::both:
            return 2;
        case Operation::either:
            return 1;
        default:
            return 0;
        }
    }

    void operation()
    {
        if (text_[at_] == ')')
            return close();
        const auto* found = std::ranges::find_if(
            signs, [&](const Sign& sign) { return text_.substr(at_).starts_with(sign.text); });
        if (found == signs.end())
            return fail("an operator must stand here");
        while (!waiting_.empty() && strength(waiting_.back().first) >= strength(found->operation))
            emit_waiting();
        waiting_.emplace_back(found->operation, at_);
        at_ += found->text.size();
        wants_operand_ = true;
    }

    void close()
    {
        while (!waiting_.empty() && waiting_.back().first != Operation::open)
            emit_waiting();
        if (waiting_.empty())
            return fail("\")\" closes nothing");
        waiting_.pop_back();
        ++at_;
    }

    std::string_view text_;
    const Formula::Resolver& resolve_;
    std::size_t at_ = 0;
    bool wants_operand_ = true;
    std::vector<std::pair<Operation, std::size_t>> waiting_;
    std::string fault_;
    std::size_t fault_at_ = 0;
    Formula out_;
};

std::expected<Formula, Formula::Fault> Formula::parse(std::string_view text,
                                                      const Resolver& resolve)
{
    return FormulaParser{text, resolve}.run();
}

double Formula::apply(Operation operation, double left, double right)
{
    switch (operation) {
    case Operation::product:
        return left * right;
    case Operation::quotient:
        return right == 0 ? 0 : left / right;
    case Operation::remainder:
        return right == 0 ? 0 : std::fmod(left, right);
    case Operation::sum:
        return left + right;
    case Operation::difference:
        return left - right;
    case Operation::less:
        return left < right;
    case Operation::at_most:
        return left <= right;
    case Operation::more:
        return left > right;
    case Operation::at_least:
        return left >= right;
    case Operation::equal:
        return left == right;
    case Operation::unequal:
        return left != right;
    case Operation::bit_and:
    case Operation::both:
        return left != 0 && right != 0 ? right : 0;
    case Operation::bit_or:
    case Operation::either:
        return left != 0 ? left : right;
    default:
        return 0;
    }
}

double Formula::evaluate(std::span<const double> values) const
{
    // Deep brackets are rare: the stack is on the heap only where they are.
    std::array<double, 64> small{};
    std::vector<double> large;
    double* stack = small.data();
    if (steps_.size() > small.size()) {
        large.resize(steps_.size());
        stack = large.data();
    }
    std::size_t height = 0;
    for (const auto& step : steps_) {
        if (step.operation == Operation::number)
            stack[height++] = step.number;
        else if (step.operation == Operation::variable)
            stack[height++] = values[step.variable];
        else if (step.operation == Operation::negation)
            stack[height - 1] = stack[height - 1] == 0;
        else if (step.operation == Operation::minus)
            stack[height - 1] = -stack[height - 1];
        else {
            --height;
            stack[height - 1] = apply(step.operation, stack[height - 1], stack[height]);
        }
    }
    return height == 1 ? stack[0] : 0;
}

Formula::Range Formula::apply(Operation operation, Range left, Range right)
{
    const auto within
        = [](double low, double high) { return Range{low, high, low <= 0 && high >= 0}; };
    const auto truth = [](bool is_certain, bool is_possible) {
        return Range{is_certain ? 1.0 : 0.0, is_possible ? 1.0 : 0.0, !is_certain};
    };
    switch (operation) {
    case Operation::sum:
        return within(left.low + right.low, left.high + right.high);
    case Operation::difference:
        return within(left.low - right.high, left.high - right.low);
    case Operation::less:
        return truth(left.high < right.low, left.low < right.high);
    case Operation::at_most:
        return truth(left.high <= right.low, left.low <= right.high);
    case Operation::more:
        return truth(left.low > right.high, left.high > right.low);
    case Operation::at_least:
        return truth(left.low >= right.high, left.high >= right.low);
    case Operation::bit_and:
    case Operation::both:
        if (left.is_zero() || !left.can_be_zero)
            return left.is_zero() ? left : right;
        return {std::min(0.0, right.low), std::max(0.0, right.high), true};
    case Operation::bit_or:
    case Operation::either:
        if (left.is_zero() || !left.can_be_zero)
            return left.is_zero() ? right : left;
        return {std::min(left.low, right.low), std::max(left.high, right.high), right.can_be_zero};
    default:
        break;
    }
    if (left.low == left.high && right.low == right.high)
        return Range::of(apply(operation, left.low, right.low));
    constexpr double any = std::numeric_limits<double>::infinity();
    return {-any, any, true};
}

Formula::Range Formula::evaluate(std::span<const Range> ranges) const
{
    std::vector<Range> stack;
    for (const auto& step : steps_) {
        if (step.operation == Operation::number)
            stack.push_back(Range::of(step.number));
        else if (step.operation == Operation::variable)
            stack.push_back(ranges[step.variable]);
        else if (step.operation == Operation::negation) {
            const auto top = stack.back();
            stack.back() = {top.is_zero() ? 1.0 : 0.0, top.can_be_zero ? 1.0 : 0.0, !top.is_zero()};
        } else if (step.operation == Operation::minus)
            stack.back() = {-stack.back().high, -stack.back().low, stack.back().can_be_zero};
        else {
            const auto right = stack.back();
            stack.pop_back();
            stack.back() = apply(step.operation, stack.back(), right);
        }
    }
    return stack.size() == 1 ? stack.front() : Range{};
}
}
