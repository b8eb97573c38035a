// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/formula.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <map>

using filters::rulebook::Formula;

namespace {
const std::vector<std::string> names{"A", "B", "C"};

std::expected<Formula, Formula::Fault> parse(std::string_view text)
{
    return Formula::parse(text, [](std::string_view name, std::string_view argument) {
        Formula::Operand operand;
        if (name == "rules_matching")
            operand.variables = {0, 1, 2};
        else if (name == "plugin")
            operand.number = argument == "Known";
        else
            for (std::uint32_t i = 0; i < names.size(); ++i)
                if (names[i] == name)
                    operand.variables = {i};
        return operand;
    });
}
double value_of(std::string_view text, double a, double b, double c)
{
    const auto formula = parse(text);
    REQUIRE(formula);
    const std::vector<double> values{a, b, c};
    return formula->evaluate(values);
}
}

TEST_CASE("formulas: operators bind as Perl's do")
{
    struct Row {
        std::string_view text;
        double a, b, c, value;
    };
    const auto row = GENERATE(values<Row>({
        {"A", 3, 0, 0, 3},
        {"A && !B", 1, 0, 0, 1},
        {"A && !B", 1, 1, 0, 0},
        {"A || B && C", 1, 0, 0, 1},
        {"(A || B) && C", 1, 0, 0, 0},
        {"!A || B", 0, 0, 0, 1},
        {"(A + B + C) > 1", 1, 1, 0, 1},
        {"A + B + C > 2", 1, 1, 0, 0},
        {"2 * A - 3 * B", 5, 2, 0, 4},
        {"(3 * A - 2 * B) > 0", 1, 1, 0, 1},
        {"A - B - C", 5, 2, 1, 2},
        {"A == 2", 2, 0, 0, 1},
        {"A != B", 1, 1, 0, 0},
        {"A >= 5 && A <= 7", 6, 0, 0, 1},
        {"-A + 3", 1, 0, 0, 2},
        {"A / B", 1, 0, 0, 0},
        {"A % 3", 7, 0, 0, 1},
        {"rules_matching(*) >= 2", 1, 0, 1, 1},
        {"plugin(Known)", 0, 0, 0, 1},
        {"!plugin(Other) && 4.0 >= 3.5", 0, 0, 0, 1},
        {"((((A))))", 1, 0, 0, 1},
        {"UNKNOWN || A", 1, 0, 0, 1},
    }));
    INFO(row.text);
    CHECK(value_of(row.text, row.a, row.b, row.c) == row.value);
}

TEST_CASE("formulas: what is wrong is said with its place")
{
    struct Row {
        std::string_view text;
        std::size_t offset;
    };
    const auto row = GENERATE(values<Row>({{"", 0},
                                           {"A &&", 4},
                                           {"A B", 2},
                                           {"(A", 0},
                                           {"A)", 1},
                                           {"A && ? B", 5},
                                           {"plugin A", 7},
                                           {"rules_matching(x", 14}}));
    INFO(row.text);
    const auto formula = parse(row.text);
    REQUIRE_FALSE(formula);
    CHECK(formula.error().offset == row.offset);
}

TEST_CASE("formulas: depth costs no stack")
{
    const std::string deep = std::string(15'000, '(') + "A" + std::string(15'000, ')');
    CHECK(value_of(deep, 1, 0, 0) == 1);
    CHECK(value_of(std::string(9'999, '!') + "A", 0, 0, 0) == 1);
    CHECK_FALSE(parse(std::string(30'000, '!') + "A"));
}

TEST_CASE("formulas: what is unknown leaves open only what hangs on it")
{
    using Range = Formula::Range;
    constexpr double any = std::numeric_limits<double>::infinity();
    const Range once{0, 1, true}, often{0, any, true};
    struct Row {
        std::string_view text;
        Range a;
        double b;
        bool can_be_zero, is_zero;
    };
    const auto row = GENERATE_REF(values<Row>({
        {"A", once, 0, true, false},
        {"!A", once, 0, true, false},
        {"A || B", once, 1, false, false},
        {"A || B", once, 0, true, false},
        {"B || A", once, 1, false, false},
        {"A && B", once, 0, true, true},
        {"B && A", once, 0, true, true},
        {"A && B", once, 1, true, false},
        {"!A || !B", once, 0, false, false},
        {"!A && !B", once, 1, true, true},
        {"(A + B) > 0", once, 1, false, false},
        {"(A + B) > 2", once, 1, true, true},
        {"(A + B) > 2", often, 1, true, false},
        {"(A + B) >= 1", often, 1, false, false},
        {"(B - A) < 0", once, 2, true, true},
        {"(B - A) <= 2", often, 2, false, false},
        {"A == B", once, 2, true, false},
        {"A != A", once, 0, true, false},
        {"-A < 1", often, 0, false, false},
        {"A / B", often, 2, true, false},
    }));
    INFO(row.text);
    const auto formula = parse(row.text);
    REQUIRE(formula);
    const std::vector<Range> ranges{row.a, Range::of(row.b), Range::of(0)};
    const auto range = formula->evaluate(ranges);
    CHECK(range.can_be_zero == row.can_be_zero);
    CHECK(range.is_zero() == row.is_zero);
}
