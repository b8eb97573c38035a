// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/front/site.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a link for the first run makes one administrator, and signs him in")
{
    Site site;
    site.answers["GET /api/v1/setup"] = {.body = R"({"valid":true,"done":false})"};
    const auto form = site.get("/setup?token=l_%22x");
    CHECK(form.status == 200);
    CHECK_THAT(form.body, Catch::Contains("name=\"token\" value=\"l_&quot;x\""));
    CHECK(site.heard[0].target == "/api/v1/setup?token=l_%22x");
}

TEST_CASE("an account is made of a form whose passwords agree")
{
    Site site;
    site.answers["GET /api/v1/setup"] = {.body = R"({"valid":true,"done":false})"};
    site.answers["POST /api/v1/setup"] = {.status = 201, .body = R"({"token":"s_first"})"};
    const auto differ = site.post("/setup", "token=l_x&name=a&password=0123456789&again=012345678");
    CHECK(differ.status == 422);
    CHECK_THAT(differ.body, Catch::Contains("differ"));
    Site again;
    again.answers = site.answers;
    const auto made = again.post("/setup", "token=l_x&name=a&password=0123456789&again=0123456789");
    CHECK(made.status == 303);
    CHECK(made.headers.at("Location") == "/setup/domain");
    CHECK(made.headers.at("Set-Cookie").starts_with("mailweir=s_first; "));
    CHECK(again.heard[0].body == R"({"token":"l_x","name":"a","password":"0123456789"})");
}

TEST_CASE("a link that is void or late says so and has no form")
{
    for (const auto* body :
         {R"({"valid":false,"done":false})", R"({"valid":false,"done":true})", ""}) {
        Site site;
        site.answer = {.body = body};
        CHECK_FALSE(site.get("/setup?token=x").body.contains("name=\"password\""));
    }
}

TEST_CASE("the steps of the first run are an administrator's, with the token of a page")
{
    Site site;
    const auto stranger = site.get("/setup/domain");
    CHECK(stranger.headers.at("Location") == "/sign-in?next=%2Fsetup%2Fdomain");
    CHECK(site.heard.empty());
    Site user;
    user.answers["GET /api/v1/session"] = {.body = R"({"csrf":"c_1"})"};
    user.answers["GET /api/v1/settings"] = {.status = 403, .body = R"({"detail":"not <you>"})"};
    const auto refused = user.get("/setup/domain", signed_in);
    CHECK(refused.status == 403);
    CHECK_THAT(refused.body, Catch::Contains("not &lt;you&gt;"));
    Site late;
    late.answer = {.status = 401, .body = "{}"};
    CHECK(late.get("/setup/domain", signed_in)
              .headers.at("Location")
              .starts_with("/sign-in?expired=1&next="));
}

TEST_CASE("an internal server is tried before it is kept")
{
    Site site;
    site.answers["GET /api/v1/session"] = {.body = R"({"csrf":"c_1"})"};
    site.answers["GET /api/v1/settings"]
        = {.body
           = R"({"locked":{},"settings":{"domains":[{"name":"old.example","next_hop":["a"]}]}})"};
    site.answers["POST /api/v1/settings/next-hop-test"]
        = {.body = R"({"takes_mail":true,"takes_everyone":true,"steps":[
            {"what":"unknown","mark":"warning","detail":"250 <anybody>"}]})"};
    const auto tested
        = site.post("/setup/domain", "csrf=c_1&domain=a.example&next_hop=mail1:25", signed_in);
    CHECK(tested.status == 200);
    CHECK_THAT(tested.body,
               Catch::Contains("accepts every recipient") && Catch::Contains("250 &lt;anybody&gt;")
                   && Catch::Contains("value=\"c_1\""));
    const auto& question = site.heard.back();
    CHECK(question.body == R"({"domain":"a.example","next_hop":"mail1:25"})");
    CHECK(question.headers.at("x-csrf-token") == "c_1");
    CHECK(question.headers.at("mailweir-cookie") == "1");
    Site keeps;
    keeps.answers = site.answers;
    const auto kept = keeps.post("/setup/domain",
                                 "csrf=c_1&domain=a.example&next_hop=mail1:25&save=1", signed_in);
    CHECK(kept.headers.at("Location") == "/setup/certificate");
    CHECK(keeps.heard.back().method == "PATCH");
    CHECK_THAT(keeps.heard.back().body,
               Catch::Contains("old.example") && Catch::Contains(R"("next_hop":["mail1:25"])"));
}

TEST_CASE("the first run's steps say which is here, done or left for later, and lead back")
{
    Site site;
    site.answers["GET /api/v1/session"] = {.body = R"({"csrf":"c"})"};
    site.answers["GET /api/v1/settings"]
        = {.body = R"({"locked":{},"settings":{"domains":[{"name":"a.example",
            "next_hop":["mail1:25"],"recipients":"any"}],"block_lists":[],"preset":""}})"};
    auto further = signed_in;
    further["cookie"] = "mailweir=s_token; mailweir-setup=preset";
    const auto page = site.get("/setup/domain", further);
    CHECK_FALSE(page.headers.contains("Set-Cookie"));
    CHECK_THAT(page.body,
               Catch::Contains("value=\"mail1:25\"")
                   && Catch::Contains("<li aria-current=\"step\">")
                   && Catch::Contains("<li class=\"later\"><a href=\"/setup/lists\">")
                   && Catch::Contains("<li class=\"done\"><a href=\"/setup/dns\">")
                   && !Catch::Contains("/setup/message"));
    Site first;
    first.answers = site.answers;
    const auto reached = first.get("/setup/dns", signed_in);
    CHECK(reached.headers.at("Set-Cookie").starts_with("mailweir-setup=dns; "));
    CHECK_THAT(reached.body, Catch::Contains("<a href=\"/setup/certificate\">← Back</a>"));
    Site mended;
    mended.answers = site.answers;
    mended.post("/setup/domain", "csrf=c&was=a.example&domain=b.example&next_hop=mail1:25&save=1",
                signed_in);
    CHECK(mended.heard.back().body
          == R"({"domains":[{"name":"b.example","next_hop":["mail1:25"],"recipients":"any"}]})");
}

TEST_CASE("what a file decides is shown, not asked")
{
    Site site;
    site.answers["GET /api/v1/session"] = {.body = R"({"csrf":"c"})"};
    site.answers["GET /api/v1/settings"]
        = {.body = R"({"locked":{"domains":"a.yaml:3","preset":"a.yaml:9","block_lists":"b:1"}})"};
    for (const std::string step : {"domain", "preset", "lists"}) {
        Site one;
        one.answers = site.answers;
        const auto page = one.get("/setup/" + step, signed_in);
        CHECK(page.status == 200);
        CHECK_FALSE(page.body.contains("<form"));
    }
    CHECK_THAT(site.get("/setup/domain", signed_in).body, Catch::Contains("a.yaml:3"));
}

TEST_CASE("a link of a digest shows on GET and acts on POST")
{
    Site site;
    site.answers["GET /api/v1/digest/action"]
        = {.body = R"({"subject":"<b>Offer","from":"x@y.example","recipient":"me@a.example",
            "date":"today","actions":["deliver","block"]})"};
    const auto shown = site.get("/digest?d=tok%26en&a=block");
    CHECK(shown.status == 200);
    CHECK_THAT(shown.body,
               Catch::Contains("&lt;b&gt;Offer") && Catch::Contains("value=\"deliver\"")
                   && !Catch::Contains("value=\"allow\"")
                   && Catch::Contains("value=\"block\" class=\"primary\""));
    REQUIRE(site.heard.size() == 1);
    CHECK(site.heard[0].target == "/api/v1/digest/action?d=tok%26en");
    struct Case {
        unsigned status, answer;
    };
    for (const auto& [status, answered] : {Case{200, 200}, Case{409, 409}, Case{404, 410}}) {
        Site acts;
        acts.answer = {.status = status, .body = "{}"};
        CHECK(acts.post("/digest", "d=token&action=deliver").status == answered);
        CHECK(acts.heard[0].body == R"({"d":"token","action":"deliver"})");
    }
    Site old;
    old.answer = {.status = 404, .body = "{}"};
    CHECK(old.get("/digest?d=x").status == 410);
}
