// SPDX-License-Identifier: Apache-2.0
#include "web/api/routes.hpp"

#include <catch2/catch.hpp>

#include <set>

using web::match_route;

TEST_CASE("a path finds its route and gives its captures")
{
    const auto match = match_route(web::routes(), "GET", "/api/v1/messages/ABC%2F2/content");
    REQUIRE(match.route != nullptr);
    CHECK(match.route->pattern == "/api/v1/messages/{id}/content");
    CHECK(match.captures == std::vector<std::string>{"ABC%2F2"});
}

TEST_CASE("what is no route is 404, a wrong method 405 with those that would do")
{
    struct Case {
        const char *method, *path;
        unsigned status;
        const char* allow;
    };
    for (const Case& c :
         {Case{"GET", "/api/v1/nothing", 404, ""}, Case{"GET", "/", 404, ""},
          Case{"GET", "", 404, ""}, Case{"GET", "/api/v1/messages//content", 404, ""},
          Case{"GET", "/api/v1/status/", 404, ""}, Case{"GET", "/api/v1/status/x", 404, ""},
          Case{"DELETE", "/api/v1/status", 405, "GET"},
          Case{"PUT", "/api/v1/lists", 405, "GET, POST, DELETE"}}) {
        INFO(c.method << " " << c.path);
        const auto match = match_route(web::routes(), c.method, c.path);
        CHECK(match.route == nullptr);
        CHECK(match.status == c.status);
        CHECK(match.allow == c.allow);
    }
}

TEST_CASE("no two routes are the same")
{
    std::set<std::string> seen;
    for (const auto& route : web::routes())
        CHECK(seen.insert(std::string{route.method} + " " + std::string{route.pattern}).second);
}

TEST_CASE("a query is percent-decoded, a path is left as sent")
{
    net::HttpRequest request;
    request.method = "GET";
    request.target = "/a%2Fb?x=1%202+3&y=&limit=7&z";
    const auto parsed = web::parse_request(request);
    REQUIRE(parsed);
    CHECK(parsed->path == "/a%2Fb");
    CHECK(parsed->text("x") == "1 2 3");
    CHECK(parsed->text("y").empty());
    CHECK(parsed->text("missing").empty());
    CHECK(parsed->limit() == 7);
}

TEST_CASE("a target that is none is refused")
{
    for (const char* target : {"", "x", "http://h/", "/?a=%", "/?a=%4", "/?a=%zz"}) {
        net::HttpRequest request;
        request.target = target;
        INFO(target);
        CHECK_FALSE(web::parse_request(request));
    }
}

TEST_CASE("a limit stays between 1 and 1000")
{
    for (const auto& [text, limit] : {std::pair{"0", 100U},
                                      {"1", 1U},
                                      {"1000", 1000U},
                                      {"1001", 100U},
                                      {"-1", 100U},
                                      {"x", 100U}}) {
        net::HttpRequest request;
        request.target = std::string{"/?limit="} + text;
        CHECK(web::parse_request(request)->limit() == limit);
    }
}

TEST_CASE("moments are dates, times, or how long ago")
{
    using namespace std::chrono;
    const system_clock::time_point now = sys_days{2026y / November / 21} + 12h;
    CHECK(web::parse_moment("2 h", now) == now - 2h);
    CHECK(web::parse_moment("2026-11-20", now) == sys_days{2026y / November / 20});
    CHECK(web::parse_moment("2026-11-20T01:02:03Z", now)
          == sys_days{2026y / November / 20} + 1h + 2min + 3s);
    CHECK(web::parse_moment("2026-11-20T01:02:03.500Z", now)
          == sys_days{2026y / November / 20} + 1h + 2min + 3s);
    for (const char* bad :
         {"", "5", "2026-13-01", "2026-02-30", "2026-11-20T25:00:00Z", "2026-11-20T01:02:03",
          "yesterday", "2026/11/20", "9999-01-01", "0001-01-01"}) {
        INFO(bad);
        CHECK_FALSE(web::parse_moment(bad, now));
    }
}
