// SPDX-License-Identifier: Apache-2.0
#include "filters/pattern.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace filters;
using namespace std::chrono_literals;
using Result = Pattern::Result;
using Case = Pattern::Case;

namespace {
Result search(std::string_view pattern, std::string_view text, Case letters = Case::ignored)
{
    auto compiled = Pattern::compile(pattern, letters);
    if (!compiled)
        FAIL(compiled.error().text);
    PatternBudget budget{10s};
    return compiled->search(text, budget);
}
}

TEST_CASE("patterns and plain texts are found")
{
    CHECK(search("w[i1]nner", "You are a W1NNER") == Result::yes);
    CHECK(search("w[i1]nner", "You are a W1NNER", Case::exact) == Result::no);
    CHECK(search("^b", "a\nb") == Result::no);
    CHECK(search("a|b", "xb") == Result::yes);
    CHECK(search("(?m)^b", "a\nb") == Result::yes);
    CHECK(search("当選", "ご当選おめでとう") == Result::yes);
    CHECK(search("ÄRGER", "ärger") == Result::yes);
    CHECK(search("x", std::string_view{"\xff\xfe x", 4}) == Result::yes);
    PatternBudget budget{10s};
    CHECK(Pattern::plain("1+1=2 (?)", Case::ignored)->search("is 1+1=2 (?) so", budget)
          == Result::yes);
    CHECK(Pattern::plain("a.c", Case::ignored)->search("abc", budget) == Result::no);
}

TEST_CASE("what cannot be compiled says where and why")
{
    const auto open = Pattern::compile("ab(c", Case::ignored);
    REQUIRE_FALSE(open);
    CHECK(open.error().offset == 4);
    CHECK(open.error().text.find("parenthes") != std::string::npos);
    CHECK_FALSE(Pattern::compile("(*LIMIT_MATCH=1000000000)a", Case::ignored));
    CHECK_FALSE(Pattern::compile("(?x)a # comment", Case::ignored));
    CHECK_FALSE(Pattern::compile(std::string(9000, 'a'), Case::ignored));
    CHECK_FALSE(Pattern::compile(std::string(200, '(') + std::string(200, ')'), Case::ignored));
    CHECK_FALSE(Pattern::compile("\\C", Case::ignored));
    CHECK_FALSE(Pattern::plain("", Case::ignored));
}

TEST_CASE("a hostile text cannot make a pattern run for long")
{
    struct Row {
        const char* pattern;
        std::string text;
    };
    const std::string many(1U << 20, 'a');
    for (const auto& [pattern, text] : {
             Row{"(a+)+$", many + "!"},
             Row{"(a*)*b", many},
             Row{"(a|aa)+$", many + "!"},
             Row{"(.*a){20}$", many + "!"},
             Row{"^(([a-z])+.)+[A-Z]([a-z])+$", many},
             Row{"a.*b.*c.*d", many},
             Row{"(?=a+b)a", many},
             Row{"(?:a?){50}a{50}", many},
             Row{"\\s+$", std::string(1U << 20, ' ') + "x"},
             Row{"(x+x+)+y", std::string(1U << 20, 'x')},
             Row{"(?<=a{1,200})b", many},
             Row{"(a)(?:\\1)*$", many + "!"},
         }) {
        INFO(pattern);
        const auto compiled = Pattern::compile(pattern, Case::ignored);
        if (!compiled)
            continue; // PCRE2 refuses some by itself
        PatternBudget budget{50ms};
        const auto begin = std::chrono::steady_clock::now();
        compiled->search(text, budget);
        const auto took = std::chrono::steady_clock::now() - begin;
        CHECK(took
              < 2s); // sanitizers slow the last attempts down; without them it is 50 ms and a bit
    }
}

TEST_CASE("one budget serves all patterns of a message")
{
    static std::chrono::nanoseconds wall, processor;
    wall = processor = {};
    const auto pattern = Pattern::compile("a", Case::ignored);
    PatternBudget budget{5ms, [] { return wall; }, [] { return processor; }};
    CHECK(pattern->search("a", budget) == Result::yes);
    wall = 5ms; // another program has the processor
    CHECK(pattern->search("a", budget) == Result::yes);
    processor = 4ms;
    CHECK(pattern->search("a", budget) == Result::yes);
    processor = 5ms;
    CHECK(pattern->search("a", budget) == Result::gave_up);
}
