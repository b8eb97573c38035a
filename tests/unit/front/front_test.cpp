// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/front/site.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

TEST_CASE("what is below /api goes to the gate, with nothing of the client's but what it may say")
{
    Site site;
    site.answer = {.status = 201,
                   .content_type = "application/json",
                   .body = "{\"a\":1}",
                   .headers = {{"Retry-After", "3"},
                               {"Mailweir-Secret", "x"},
                               {"Set-Cookie", "evil=1"},
                               {"Content-Disposition", "attachment"}}};
    auto headers = signed_in;
    headers["mailweir-client"] = "6.6.6.6";
    headers["mailweir-cookie"] = "0";
    headers["x-csrf-token"] = "token";
    headers["x-other"] = "1";
    headers["content-type"] = "application/json";
    headers["accept-language"] = "ja";
    const auto response = site.get("/api/v1/lists?a=b", headers, "POST", "{}");
    CHECK(response.status == 201);
    CHECK(response.body == "{\"a\":1}");
    CHECK(response.headers.at("retry-after") == "3");
    CHECK(response.headers.at("content-disposition") == "attachment");
    CHECK(response.headers.size() == 2);
    REQUIRE(site.heard.size() == 1);
    const auto& heard = site.heard[0];
    CHECK(heard.method == "POST");
    CHECK(heard.target == "/api/v1/lists?a=b");
    CHECK(heard.body == "{}");
    CHECK(heard.headers.at("authorization") == "Bearer s_token");
    CHECK(heard.headers.at("mailweir-client") == "127.0.0.1");
    CHECK(heard.headers.at("mailweir-cookie") == "1");
    CHECK(heard.headers.at("x-csrf-token") == "token");
    CHECK(heard.headers.at("accept-language") == "ja");
    CHECK_FALSE(heard.headers.contains("x-other"));
    CHECK_FALSE(heard.headers.contains("cookie"));
}

TEST_CASE("a token of the client's own comes before the cookie, and is no cookie")
{
    Site site;
    auto headers = signed_in;
    headers["authorization"] = "Bearer t_mine";
    site.get("/api/v1/status", headers);
    REQUIRE(site.heard.size() == 1);
    CHECK(site.heard[0].headers.at("authorization") == "Bearer t_mine");
    CHECK_FALSE(site.heard[0].headers.contains("mailweir-cookie"));
}

TEST_CASE("a session changes only as the gate says")
{
    Site site;
    site.answer.headers["Mailweir-Session"] = "s_next";
    CHECK(site.get("/api/v1/session/password", signed_in, "POST", "{}").headers.at("Set-Cookie")
          == "mailweir=s_next; Path=/; HttpOnly; SameSite=Lax");
}

TEST_CASE("signing out forgets the cookie")
{
    Site site;
    site.answer = {.status = 204};
    const auto response = site.get("/api/v1/session", signed_in, "DELETE");
    CHECK(response.headers.at("Set-Cookie").starts_with("mailweir=; "));
}

TEST_CASE("the sign-in form gives name and password to the gate and keeps its token in a cookie")
{
    Site site;
    site.answer = {.status = 201, .body = R"({"token":"s_fresh","csrf":"c"})"};
    const auto response
        = site.post("/sign-in", "name=anna%40a.example&password=p%22w&next=%2Flog%3Fa%3D1");
    CHECK(response.status == 303);
    CHECK(response.headers.at("Location") == "/log?a=1");
    CHECK(response.headers.at("Set-Cookie") == "mailweir=s_fresh; Path=/; HttpOnly; SameSite=Lax");
    CHECK_FALSE(response.body.contains("s_fresh"));
    REQUIRE(site.heard.size() == 1);
    CHECK(site.heard[0].target == "/api/v1/session");
    CHECK(site.heard[0].body == R"({"name":"anna@a.example","password":"p\"w"})");
    CHECK_FALSE(site.heard[0].headers.contains("authorization"));
}

TEST_CASE("a sign-in that fails says why in the visitor's language and keeps the name")
{
    struct Case {
        unsigned status;
        std::string body, language, said;
    };
    const std::string no_address = R"({"type":"/problems/no-mail-address",)"
                                   R"("detail":"none of yours (attribute \"<mail>\"); ask"})";
    const Case cases[]{
        {401, "{}", "en", "do not fit together"},
        {401, "{}", "ja", "正しくありません"},
        {403, no_address, "en", "no mail address of yours"},
        {403, no_address, "en", "(&lt;mail&gt;)"},
        {403, no_address, "ja", "メールアドレスが登録されていない"},
        {403, R"({"type":"/problems/account-locked"})", "en", "is locked"},
        {403, R"({"type":"/problems/account-locked"})", "ja", "停止されています"},
        {503, R"({"type":"/problems/directory-not-reachable"})", "en",
         "password was not looked at"},
        {503, R"({"type":"/problems/directory-not-reachable"})", "ja", "応答しません"},
        {503, R"({"type":"/problems/not-available-now"})", "en", "just now"},
        {504, "{}", "ja", "ただいまログインできません"},
        {403, R"({"type":"/problems/not-permitted"})", "en", "did not work"},
        {429, "{}", "en", "Too many attempts"},
        {500, "no json", "en", "did not work"},
        {201, "{}", "en", "did not work"},
    };
    for (const auto& [status, body, language, said] : cases) {
        CAPTURE(status, body, language);
        Site site;
        site.answer = {.status = status, .body = body};
        const auto response = site.post("/sign-in", "name=%22%3E%3Cb%3E&password=x&next=//evil",
                                        {{"accept-language", language}});
        CHECK(response.status == (status == 201 ? 502 : status));
        CHECK_THAT(response.body, Catch::Contains(said));
        CHECK_THAT(response.body, Catch::Contains("value=\"&quot;&gt;&lt;b&gt;\""));
        CHECK_THAT(response.body, Catch::Contains("name=\"next\" value=\"/\""));
        CHECK_FALSE(response.headers.contains("Set-Cookie"));
    }
}

TEST_CASE("who is not signed in is led to the form and back")
{
    Site site;
    const auto response = site.get("/quarantine?text=a%20b");
    CHECK(response.status == 303);
    CHECK(response.headers.at("Location") == "/sign-in?next=%2Fquarantine%3Ftext%3Da%2520b");
    CHECK(site.heard.empty());
    Site led;
    const auto form = led.get(response.headers.at("Location"));
    CHECK(form.status == 200);
    CHECK_THAT(form.body, Catch::Contains("value=\"/quarantine?text=a%20b\""));
    CHECK_THAT(form.body, Catch::Contains("Ask &lt;us&gt;."));
    CHECK_THAT(form.body, Catch::Contains("href=\"https://help.example/?a=1&amp;b=2\""));
}

TEST_CASE("who comes to a gateway without accounts is told how to make the first, and nobody later")
{
    struct Case {
        std::string told;
        bool is_hinted;
    };
    const Case cases[]{{R"({"valid":false,"done":false})", true},
                       {R"({"done":true})", false},
                       {R"({"title":"not now"})", false},
                       {"", false}};
    for (const auto& [told, is_hinted] : cases) {
        CAPTURE(told);
        Site site;
        site.answers["GET /api/v1/setup"] = {.body = told};
        const auto page = site.get("/sign-in");
        CHECK(page.status == 200);
        CHECK(page.body.contains("<code>mailweir setup --link</code>") == is_hinted);
        CHECK(page.body.contains("name=\"password\""));
    }
}

TEST_CASE("a plain connection that others may hear is said to be one")
{
    Site site;
    CHECK_FALSE(site.get("/sign-in").body.contains("not encrypted"));
    Site other;
    other.front.emplace(front::Settings{.hostname = {},
                                        .gate = {},
                                        .allow = {*mail::Network::parse("0.0.0.0/0")},
                                        .digest_allow = {},
                                        .proxies = {},
                                        .contact = {}});
    CHECK_THAT(other.get("/sign-in", {}, "GET", {}, "192.0.2.1").body,
               Catch::Contains("not encrypted"));
}

TEST_CASE("who comes from outside is told so, and reaches neither form nor gate")
{
    Site site;
    for (const std::string target : {"/", "/sign-in", "/api/v1/status", "/assets/x", "/setup"}) {
        const auto response = site.get(target, signed_in, "GET", {}, "192.0.2.1");
        CHECK(response.status == 403);
        CHECK_FALSE(response.body.contains("<form"));
        CHECK_THAT(response.body, Catch::Contains("Not reachable from here"));
    }
    CHECK(site.get("/", {}, "GET", {}, "192.0.2.1").body.contains("Ask &lt;us&gt;."));
    CHECK(site.heard.empty());
}

TEST_CASE("links of digests may be opened from networks of their own")
{
    const auto ask = [](std::vector<mail::Network> digest_allow, const std::string& target) {
        Site site;
        site.front.emplace(front::Settings{.hostname = {},
                                           .gate = site.path,
                                           .allow = {*mail::Network::parse("127.0.0.0/8")},
                                           .digest_allow = std::move(digest_allow),
                                           .proxies = {},
                                           .contact = {}});
        return site.get(target, {}, "GET", {}, "192.0.2.1").status;
    };
    const auto everywhere = *mail::Network::parse("0.0.0.0/0");
    CHECK(ask({}, "/digest?d=x") == 403);
    CHECK(ask({everywhere}, "/digest?d=x") == 200);
    CHECK(ask({everywhere}, "/digest/x") == 403);
    CHECK(ask({everywhere}, "/quarantine") == 403);
    CHECK(ask({everywhere}, "/api/v1/digest/action?d=x") == 403);
}

TEST_CASE("what another site's page sends does nothing")
{
    Site site;
    for (const std::string target : {"/sign-in", "/sign-out", "/api/v1/lists"}) {
        auto headers = signed_in;
        headers["origin"] = "https://evil.example";
        CHECK(site.post(target, "name=a&password=b", headers).status == 403);
    }
    CHECK(site.heard.empty());
}

TEST_CASE("requests that are not honest HTTP/1.1 are refused")
{
    struct Case {
        std::string method, target;
        std::map<std::string, std::string> headers;
        unsigned status;
    };
    const Case cases[]{
        {"GET", "/", {{"host", ""}}, 400},
        {"GET", "/", {{"host", "a, b"}}, 400},
        {"GET", "/", {{"host", "a/b"}}, 400},
        {"GET", "http://mx.example/", {}, 400},
        {"GET", "*", {}, 400},
        {"GET", "/a\x01", {}, 400},
        {"GET", "/" + std::string(9000, 'a'), {}, 400},
        {"TRACE", "/", {}, 501},
        {"CONNECT", "/", {}, 501},
        {"POST", "/assets/x", {}, 405},
        {"GET", "/../../etc/passwd", {}, 404},
        {"GET", "/assets/../secret", {}, 404},
        {"GET", "/assets/%2e%2e/secret", {}, 404},
        {"GET", "/nothing", {}, 404},
        {"GET", "/adminx", {}, 404},
        {"GET", "/index.html", {}, 404},
    };
    Site site;
    for (const auto& [method, target, headers, status] : cases) {
        CAPTURE(method, target.substr(0, 40), headers);
        CHECK(site.get(target, headers, method).status == status);
    }
    CHECK(site.heard.empty());
}

TEST_CASE("a gate that is away is said to be, to people and programs")
{
    Site site;
    site.close_gate();
    const auto ask = [&](const std::string& target) {
        HttpResponse response;
        const auto one
            = [](front::Front& front, std::string at, HttpResponse& to) -> awaitable<void> {
            to = co_await front.answer({.method = "POST",
                                        .target = at,
                                        .headers = {{"host", "a"}},
                                        .body = "name=a&password=b",
                                        .peer = *net::parse_address("127.0.0.1", 1)});
        };
        support::run(site.loop, one(*site.front, target, response));
        return response;
    };
    const auto page = ask("/sign-in");
    CHECK(page.status == 502);
    CHECK(page.content_type.starts_with("text/html"));
    CHECK_THAT(page.body,
               Catch::Contains("does not answer") && Catch::Contains("Mail is not lost"));
    const auto api = ask("/api/v1/session");
    CHECK(api.status == 502);
    CHECK(api.content_type == "application/problem+json");
    CHECK(api.headers.at("Retry-After") == "3");
    CHECK_THAT(api.body, Catch::Contains("\"type\":\"/problems/gateway-away\""));
}

namespace {
awaitable<void> pass_seconds(Site& site, net::TestEnv& env, int seconds)
{
    for (; seconds > 0; --seconds) {
        for (int i = 0; i < 100; ++i)
            co_await net::yield();
        env.advance(std::chrono::seconds{1});
        site.loop.sweep_deadlines();
    }
}
}

TEST_CASE("a gate that is slow is waited for while it lives; one that hangs is told of in seconds")
{
    using namespace std::chrono_literals;
    struct Case {
        std::string method;
        std::chrono::milliseconds slow, living;
        unsigned status;
        std::string_view type;
    };
    const Case cases[]{{"GET", 15s, 0s, 200, ""},
                       {"POST", 50s, 0s, 200, ""},
                       {"GET", 30s, 0s, 504, "gateway-slow"},
                       {"GET", 15s, 15s, 502, "gateway-away"},
                       {"POST", 15s, 15s, 504, "gateway-slow"}};
    for (const auto& [method, slow, living, status, type] : cases) {
        CAPTURE(method, slow.count(), living.count());
        net::TestEnv env;
        Site site{env};
        site.delays = {{method + " /api/v1/history", slow}};
        if (living > 0s)
            site.delays["GET /api/v1/site"] = living;
        HttpRequest request{.method = method,
                            .target = "/api/v1/history",
                            .headers = signed_in,
                            .body = {},
                            .peer = *net::parse_address("127.0.0.1", 4711)};
        request.headers["host"] = "mx.example";
        HttpResponse response;
        support::run(site.loop, Site::ask(site, std::move(request), response),
                     pass_seconds(site, env, 70));
        CHECK(response.status == status);
        CHECK_THAT(response.body, Catch::Contains(std::string{type}));
    }
}

namespace {
/// So many questions at once whose answers nobody takes; their statuses.
awaitable<void> crowd(Site& site, std::vector<unsigned>& statuses)
{
    std::vector<HttpResponse> untaken;
    for (std::size_t i = 0; i < 18; ++i) {
        const std::string session = i == 17 ? "s_other" : "s_one";
        untaken.push_back(co_await site.front->answer(
            {.method = "GET",
             .target = "/api/v1/status",
             .headers = {{"host", "a"}, {"cookie", "mailweir=" + session}},
             .peer = *net::parse_address("127.0.0.1", 1)}));
        statuses.push_back(untaken.back().status);
    }
    untaken.clear();
    site.gate->stop();
}
}

TEST_CASE("whoever leaves answers untaken fills the own share and nobody else's")
{
    Site site;
    std::vector<unsigned> statuses;
    support::run(site.loop, crowd(site, statuses));
    REQUIRE(statuses.size() == 18);
    CHECK(std::ranges::count(statuses, 200U) == 17);
    CHECK(statuses[16] == 429);
}

TEST_CASE("only somebody may send much")
{
    using front::body_limit;
    CHECK(body_limit({.method = "POST", .target = "/api/v1/lists/import"}) == 65536);
    CHECK(body_limit({.target = "/api/v1/lists/import", .headers = {{"cookie", "mailweir=x"}}})
          > 1'000'000);
    CHECK(body_limit({.target = "/sign-in", .headers = {{"cookie", "mailweir=x"}}}) == 65536);
}

TEST_CASE("the language that was chosen is remembered")
{
    Site site;
    const auto response = site.get("/sign-in?lang=ja");
    CHECK_THAT(response.body, Catch::Contains("<html lang=\"ja\">") && Catch::Contains("ログイン"));
    CHECK(response.headers.at("Set-Cookie").starts_with("mailweir-language=ja; "));
}
