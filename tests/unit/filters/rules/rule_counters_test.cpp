// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/rule_counters.hpp"

#include <catch2/catch.hpp>

using filters::RuleCounters;

TEST_CASE("rule counters: every hit counts, costs are those of measured messages")
{
    RuleCounters counters;
    counters.add({{"rules.hit", "CHEAP"}, {"rules.hit", "DEAR"}, {"rules.score"}}, {});
    counters.add({{"rules.hit", "CHEAP"}, {"rules.gave_up", "DEAR"}},
                 {{"DEAR", 3, 5000}, {"CHEAP", 1, 10}, {"QUIET", 1, 20}});
    const auto table = counters.table();
    CHECK(table.messages == 2);
    CHECK(table.measured == 1);
    REQUIRE(table.rows.size() == 3);
    CHECK(table.rows[0].name == "DEAR");
    CHECK(table.rows[0].hits == 1);
    CHECK(table.rows[0].gave_up == 1);
    CHECK(table.rows[0].runs == 3);
    CHECK(table.rows[0].nanoseconds == 5000);
    CHECK(table.rows[1].name == "QUIET");
    CHECK(table.rows[2].hits == 2);
}

TEST_CASE("rule counters: a worker that lies fills no memory")
{
    RuleCounters counters;
    counters.add({{"rules.hit", "no name\n"}, {"rules.hit", std::string(5000, 'A')}}, {});
    std::vector<filters::TestCost> many;
    for (int i = 0; i < 3000; ++i)
        many.push_back({"T" + std::to_string(i), 1, 1});
    counters.add({}, many);
    CHECK(counters.table().rows.size() == RuleCounters::most_costs);
    for (int round = 0; round < 40; ++round) {
        mail::Findings findings;
        for (int i = 0; i < 1000; ++i)
            findings.push_back({"rules.hit", "R" + std::to_string(round * 1000 + i)});
        counters.add(findings, {});
    }
    CHECK(counters.table().rows.size() == RuleCounters::most_tests);
}

TEST_CASE("rule counters: one message in so many is measured, the first among them")
{
    RuleCounters counters;
    CHECK(counters.is_turn());
    for (std::uint64_t i = 1; i < RuleCounters::one_in; ++i)
        CHECK_FALSE(counters.is_turn());
    CHECK(counters.is_turn());
}

TEST_CASE("rule counters: rules of words are counted apart from tests of the same name")
{
    RuleCounters counters;
    counters.add({{"rules.hit", "OFFER"}}, {});
    counters.add({{"words.block", "OFFER"}, {"words.gave_up", "an offer"}, {"words.tag", ""}});
    const auto table = counters.table();
    CHECK(table.messages == 1);
    REQUIRE(table.rows.size() == 3);
    CHECK(table.rows[0].name == "OFFER");
    CHECK(table.rows[1].name == "OFFER");
    CHECK(table.rows[0].is_words != table.rows[1].is_words);
    CHECK(table.rows[2].gave_up == 1);
}
