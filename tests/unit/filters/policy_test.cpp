// SPDX-License-Identifier: Apache-2.0
#include "filters/policy.hpp"

#include <catch2/catch.hpp>

#include <bit>

using namespace filters;
using Kind = Condition::Kind;

namespace {
Condition fact(std::string name, std::string glob = {})
{
    return {{{.kind = Kind::fact, .name = std::move(name), .glob = std::move(glob)}}};
}
/// A group of facts, one level deep.
Condition group(Kind kind, const std::vector<std::string>& names)
{
    Condition condition;
    condition.nodes.push_back({.kind = kind, .size = names.size() + 1});
    for (const auto& name : names)
        condition.nodes.push_back({.name = name});
    return condition;
}
const mail::Findings shared{{.name = "a.one", .detail = "example.org"}, {.name = "a.two"}};
const mail::Findings own{{.name = "b.own"}};
}

TEST_CASE("a fact holds wherever it stands")
{
    CHECK(fact("a.one").holds(shared, own));
    CHECK(fact("b.own").holds(shared, own));
    CHECK_FALSE(fact("a.three").holds(shared, own));
    CHECK_FALSE(fact("a.on").holds(shared, own));
    CHECK_FALSE(Condition{}.holds(shared, own));
}

TEST_CASE("a glob looks at the detail")
{
    CHECK(fact("a.one", "*.org").holds(shared, own));
    CHECK_FALSE(fact("a.one", "*.com").holds(shared, own));
    CHECK(fact("a.two", "*").holds(shared, own));
}

TEST_CASE("globs match as people expect")
{
    struct Row {
        const char *glob, *text;
        bool fits;
    };
    for (const auto& [glob, text, fits] :
         {Row{"", "", true}, Row{"*", "", true}, Row{"*", "abc", true}, Row{"a*c", "abbbc", true},
          Row{"a*c", "abbbd", false}, Row{"?", "x", true}, Row{"?", "", false},
          Row{"A?C", "abc", true}, Row{"*a*b*", "xxaxxbxx", true}, Row{"abc", "abcd", false},
          Row{"a**b", "ab", true}, Row{"*.example", "mail.EXAMPLE", true}}) {
        INFO(glob << " " << text);
        CHECK(glob_matches(glob, text) == fits);
    }
    const std::string hostile(2000, 'a');
    CHECK_FALSE(glob_matches("*a*a*a*a*a*a*a*a*b", hostile));
}

TEST_CASE("combinations are read without recursion")
{
    CHECK(group(Kind::all, {"a.one", "b.own"}).holds(shared, own));
    CHECK_FALSE(group(Kind::all, {"a.one", "x.y"}).holds(shared, own));
    CHECK(group(Kind::any, {"x.y", "a.two"}).holds(shared, own));
    CHECK_FALSE(group(Kind::any, {"x.y", "x.z"}).holds(shared, own));
    CHECK(group(Kind::none, {"x.y", "x.z"}).holds(shared, own));
    CHECK_FALSE(group(Kind::none, {"x.y", "a.two"}).holds(shared, own));
    // all: [ any: [x.y, a.one], not: [ all: [a.two, x.z] ] ]
    const Condition nested{{{.kind = Kind::all, .size = 7},
                            {.kind = Kind::any, .size = 3},
                            {.name = "x.y"},
                            {.name = "a.one"},
                            {.kind = Kind::none, .size = 4},
                            {.kind = Kind::all, .size = 3},
                            {.name = "a.two"}}};
    auto complete = nested;
    complete.nodes.front().size = 8;
    complete.nodes.push_back({.name = "x.z"});
    CHECK(complete.holds(shared, own));
    CHECK(complete.needs_absence());
    CHECK_FALSE(group(Kind::any, {"a.b"}).needs_absence());
}

TEST_CASE("bits of names only ever save work")
{
    auto condition = fact("a.one");
    condition.nodes.front().bit = name_bit("a.one");
    CHECK(condition.holds(shared, own, name_bit("a.one")));
    CHECK_FALSE(condition.holds({}, {}, 0));
    CHECK(std::popcount(name_bit("anything")) == 1);
}

TEST_CASE("the first fact that is present explains a rule, absences never do")
{
    const Condition condition{{{.kind = Kind::all, .size = 4},
                               {.kind = Kind::none, .size = 2},
                               {.name = "a.one"},
                               {.name = "a.two"}}};
    REQUIRE(condition.first_found(shared, own) != nullptr);
    CHECK(condition.first_found(shared, own)->name == "a.two");
    CHECK(fact("x.y").first_found(shared, own) == nullptr);
}

TEST_CASE("a recipient's domain has its own policy or the standard one")
{
    PolicySet set;
    set.standard.name = "default";
    set.domains["b.example"].name = "b.example";
    CHECK(set.of(*mail::Domain::parse("B.Example")).name == "b.example");
    CHECK(set.of(*mail::Domain::parse("sub.b.example")).name == "default");
}
