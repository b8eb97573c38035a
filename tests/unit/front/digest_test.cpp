// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/front/site.hpp"

#include <catch2/catch.hpp>

TEST_CASE("what a link could not do is told as what it is, in the reader's language")
{
    const auto [gate, status, english, japanese]
        = GENERATE(table<unsigned, unsigned, std::string, std::string>({
            {503, 503, "The link stays good", "リンクは引き続き有効です"},
            {500, 503, "The link stays good", "リンクは引き続き有効です"},
            {429, 503, "The link stays good", "リンクは引き続き有効です"},
            {403, 403, "only an administrator", "管理者だけです"},
            {422, 422, "names no sender", "差出人がこのメールにはありません"},
            {409, 409, "is held no longer", "処理済みか"},
            {410, 410, "no longer works", "このリンクは使えません"},
            {200, 200, "has been carried out", "実行しました"},
        }));
    const bool is_japanese = GENERATE(false, true);
    CAPTURE(gate, is_japanese);
    Site site;
    site.answer.status = gate;
    const auto page = site.post("/digest", "d=x&action=deliver",
                                {{"accept-language", is_japanese ? "ja" : "en"}});
    CHECK(page.status == status);
    CHECK_THAT(page.body, Catch::Contains(is_japanese ? japanese : english));
    CHECK(page.body.contains(is_japanese ? "このリンクは使えません" : "no longer works")
          == (gate == 410));
    CHECK(page.headers.contains("Retry-After") == (status == 503));
}

TEST_CASE("a message that was dealt with while its sender could not be listed says both")
{
    Site site;
    site.answer.body = R"({"changed":1,"listed":false})";
    const auto page = site.post("/digest", "d=x&action=allow");
    CHECK(page.status == 200);
    CHECK_THAT(page.body, Catch::Contains("could not be put on your list"));
}

TEST_CASE("a link is shown as gone only when it is")
{
    Site site;
    site.answer.status = 503;
    const auto page = site.get("/digest?d=x");
    CHECK(page.status == 503);
    CHECK_THAT(page.body, Catch::Contains("The link stays good"));
}

TEST_CASE("a link to what is held no longer says so, and leads on to what is")
{
    const auto [told, has_facts] = GENERATE(table<std::string, bool>({
        {R"({"recipient":"bob@a.test","subject":"Lunch","from":"ann@c.test",)"
         R"("date":"2026-11-22T18:48:24Z","actions":[]})",
         true},
        {R"({"recipient":"bob@a.test","subject":"","from":"","date":null,"actions":[]})", false},
    }));
    Site site;
    site.answer.body = told;
    const auto page = site.get("/digest?d=x&a=deliver");
    CHECK(page.status == 200);
    CHECK_THAT(page.body,
               Catch::Contains("is held no longer") && Catch::Contains("href=\"/quarantine\""));
    CHECK_FALSE(page.body.contains("<form"));
    CHECK(page.body.contains("<dl") == has_facts);
    Site other;
    other.answer = {.status = 409, .body = "{}"};
    CHECK_THAT(other.post("/digest", "d=x&action=deliver").body,
               Catch::Contains("is held no longer") && Catch::Contains("href=\"/quarantine\""));
}
