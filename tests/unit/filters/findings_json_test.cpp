// SPDX-License-Identifier: Apache-2.0
#include "filters/findings_json.hpp"

#include <catch2/catch.hpp>

using namespace filters;

TEST_CASE("facts are written with the points they brought, those first")
{
    const mail::Findings shared{
        {.name = "headers.no_date"},
        {.name = "helo.own_name", .detail = "b.example", .evidence = "from x"}};
    const mail::Findings own{{.name = "lists.allow_user", .detail = "a.example", .weight = 2}};
    CHECK(findings_json(shared, own, {{"helo.own_name", "helo.own_name", 4}})
          == R"([{"name":"helo.own_name","detail":"b.example","evidence":"from x","points":4},)"
             R"({"name":"headers.no_date"},)"
             R"({"name":"lists.allow_user","detail":"a.example","weight":2,"own":1}])");
    CHECK(findings_json({}, {}, {}) == "[]");
}

TEST_CASE("points of several rules and several facts of one name find their place")
{
    const mail::Findings two{{.name = "a.b", .detail = "1"}, {.name = "a.b", .detail = "2"}};
    const auto facts = stored_facts(two, {}, {{"a.b", "r", 1}, {"a.b", "r", 2}, {"a.b", "s", 4}});
    CHECK(facts.size() == 2);
    CHECK(facts[0].points == 1);
    CHECK(facts[1].points == 6);
    const auto foreign = stored_facts({}, {}, {{"not: a.b", "not: a.b", 3}});
    REQUIRE(foreign.size() == 1);
    CHECK(foreign[0].name == "not: a.b");
}

TEST_CASE("who may see headers alone reads no words and no links of the body")
{
    const mail::Findings facts{{"classifier.spam", "0.99", "casino +3.1", 4.0},
                               {"intent.other_site", "a.example", "https://a.example/?to=ann", {}},
                               {"spf.fail", "b.example", "192.0.2.1", {}}};
    const auto json = findings_json(facts, {}, {{"classifier.spam", "classifier.spam", 4}});
    auto expected = *parse_findings_json(json);
    expected[0].evidence = expected[1].evidence = "";
    CHECK(parse_findings_json(without_quotes(json)) == expected);
    CHECK(without_quotes("") == "[]");
    CHECK(without_quotes("[]") == "[]");
}

TEST_CASE("hostile text stays text")
{
    const mail::Findings hostile{{.name = "a.b",
                                  .detail = "\"},{\"name\":\"x\\\r\n\x01\x7f",
                                  .evidence = std::string{"\xff\xfe 迷惑\0z", 11}}};
    const auto json = findings_json(hostile, {}, {});
    CHECK(std::all_of(json.begin(), json.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; }));
    const auto facts = parse_findings_json(json);
    REQUIRE(facts);
    REQUIRE(facts->size() == 1);
    CHECK(facts->front().detail == hostile[0].detail);
    CHECK(facts->front().evidence.ends_with(std::string{" 迷惑\0z", 9}));
}

TEST_CASE("the row stays within 8 KiB and what counts comes first")
{
    mail::Findings many;
    for (int i = 0; i < 100; ++i)
        many.push_back(
            {.name = "a.b", .detail = std::to_string(i), .evidence = std::string(900, 'x')});
    many.push_back({.name = "z.points"});
    const auto json = findings_json(many, {}, {{"z.points", "z.points", 5}});
    CHECK(json.size() <= 8192);
    CHECK(json.starts_with(R"([{"name":"z.points","points":5})"));
    CHECK(parse_findings_json(json));
}

TEST_CASE("what was written reads back the same")
{
    const mail::Findings findings{{.name = "a.b", .detail = "d", .evidence = "e", .weight = -1.25},
                                  {.name = "c.d"}};
    const auto facts = stored_facts(findings, {}, {{"a.b", "a.b", 0.1}});
    CHECK(parse_findings_json(findings_json(findings, {}, {{"a.b", "a.b", 0.1}})) == facts);
}

TEST_CASE("what is not of the form is refused, never half read")
{
    for (const auto* json : {"", "{}", "[", "[{]", "[{}]", "[{\"name\":}]", "[{\"name\":\"a\"}",
                             "[{\"name\":\"a\"}] x", "[{\"name\":\"a\\", "[{\"name\":\"a\\q\"}]",
                             "[{\"name\":\"\\u00\"}]", "[{\"name\":\"\\u12\"}]", "[[]]",
                             "[{\"name\":[1]}]", "[{\"name\" \"a\"}]"}) {
        INFO(json);
        CHECK_FALSE(parse_findings_json(json));
    }
    CHECK(parse_findings_json(" [ { \"name\" : \"a\" , \"other\" : 3 } ] ")->front().name == "a");
}

TEST_CASE("facts of one recipient alone stay known as such")
{
    const auto json
        = filters::findings_json({{.name = "spf.fail"}}, {{.name = "greylist.wait"}}, {});
    const auto facts = filters::parse_findings_json(json);
    REQUIRE(facts);
    REQUIRE(facts->size() == 2);
    CHECK_FALSE(facts->at(0).is_own);
    CHECK(facts->at(1).is_own);
}
