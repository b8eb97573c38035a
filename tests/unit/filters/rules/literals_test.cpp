// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/literal_index.hpp"
#include "filters/rules/literals.hpp"
#include "filters/rules/matcher.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace filters::rulebook;

TEST_CASE("literals: what every match holds")
{
    struct Row {
        std::string_view expression;
        Literals needed;
    };
    const auto row = GENERATE(values<Row>({
        {"Hello", {"hello"}},
        {"\\bfoo\\s+bar baz\\b", {"bar baz"}},
        {"a(?:bc|de)f", {"abcf", "adef"}},
        {"viagra|cialis", {"cialis", "viagra"}},
        {"colou?r", {"color", "colour"}},
        {"x*", {}},
        {"(?:abc)?", {}},
        {"(?:abcd)+", {"abcd"}},
        {"foo.*barbar", {"barbar"}},
        {"[Ff]ree", {"free"}},
        {"fr[e3]{2}", {"fr33", "fr3e", "fre3", "free"}},
        {"(?!viagra)v.agra", {"agra"}},
        {"(?<=http)s://", {"s://"}},
        {"\\x41\\x{42}C", {"abc"}},
        {"\\d\\w", {}},
        {"a|", {}},
        {"(\\w+)\\1and", {"and"}},
        {"ab{0}cd", {"cd"}},
        {"(?i:QUICK)", {"quick"}},
        {"(?x) q u i c k", {}},
        {"(?(1)abcd|efgh)", {}},
        {"[^a]bcd", {"bcd"}},
        {"a\\.b\\/c", {"a.b/c"}},
        {"x{2,}yz", {"xyz"}},
    }));
    INFO(row.expression);
    CHECK(required_literals(row.expression, "") == row.needed);
    CHECK(required_literals(row.expression, "x").empty());
}

namespace {
/// An expression of the signs that literals are drawn from, always one that PCRE2 takes.
std::string random_expression(std::mt19937& random)
{
    static const std::vector<std::string> pieces{
        "a",     "b",      "ab",   "[ab]",  "[^a]", ".",     "\\w",   "(?:", "(",    ")",
        "|",     "*",      "+",    "?",     "{2}",  "{1,3}", "{0,2}", "??",  "\\b",  "(?=",
        "(?!",   "(?<!a)", "^",    "$",     "c",    "ba",    "\\x61", "+?",  "{2,}", "(?>",
        "(?i:a", "\\s",    "{,2}", "[a-c]", "\\1",  "(?<n>", "(?#a)", "*+",  "[]a]", "[[:alpha:]]"};
    std::string text;
    std::uniform_int_distribution<std::size_t> pick{0, pieces.size() - 1}, length{1, 9};
    for (auto left = length(random); left > 0; --left)
        text += pieces[pick(random)];
    for (auto open = std::ranges::count(text, '('); open > std::ranges::count(text, ')');)
        text += ")";
    return text;
}
}

TEST_CASE("literals: no match is without one of them, whatever the expression")
{
    std::mt19937 random{20260801}; // NOLINT: the same run every time
    const std::string letters = "abcABC  ";
    std::uniform_int_distribution<std::size_t> pick{0, letters.size() - 1}, length{0, 14};
    unsigned compared = 0, sifted = 0;
    for (int i = 0; i < 30'000; ++i) {
        const auto expression = random_expression(random);
        const auto matcher = Matcher::compile(expression, "i", Matcher::Speed::interpreted);
        const auto needed = required_literals(expression, "i");
        if (!matcher || needed.empty())
            continue;
        for (int j = 0; j < 20; ++j) {
            std::string text;
            for (auto left = length(random); left > 0; --left)
                text += letters[pick(random)];
            filters::PatternBudget budget{std::chrono::seconds{1}};
            const bool is_match
                = matcher->search(text, 0, false, budget).result == Matcher::Found::Result::yes;
            std::string lower;
            lower_into(text, lower);
            const bool has_literal = std::ranges::any_of(
                needed, [&](const std::string& literal) { return lower.contains(literal); });
            ++compared;
            sifted += !has_literal;
            INFO(expression << " on \"" << text << "\"");
            REQUIRE((has_literal || !is_match));
        }
    }
    CHECK(compared > 10'000);
    CHECK(sifted > 1'000);
}

TEST_CASE("the index finds each literal wherever it stands")
{
    const std::vector<std::string> literals{"ab", "abc",   "abcd",    "bcde",
                                            "zz", "xyzzy", "http://", "a b"};
    LiteralIndex index;
    for (std::uint32_t i = 0; i < literals.size(); ++i)
        index.add(literals[i], i);
    index.build();
    std::mt19937 random{7};
    const std::string letters = "abcdexyz :/http";
    std::uniform_int_distribution<std::size_t> pick{0, letters.size() - 1}, length{0, 40};
    for (int i = 0; i < 5'000; ++i) {
        std::string text;
        for (auto left = length(random); left > 0; --left)
            text += letters[pick(random)];
        if (i % 3 == 0)
            text += literals[static_cast<std::size_t>(i) % literals.size()];
        std::vector<bool> found(literals.size());
        index.search(text, [&](std::uint32_t value) { found[value] = true; });
        INFO(text);
        for (std::size_t j = 0; j < literals.size(); ++j)
            REQUIRE(found[j] == text.contains(literals[j]));
    }
}
