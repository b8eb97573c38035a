// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/endpoint.hpp"
#include "web/front/visitor.hpp"

#include <catch2/catch.hpp>

using namespace front;

namespace {
std::vector<mail::Network> networks(std::initializer_list<std::string_view> texts)
{
    std::vector<mail::Network> all;
    for (const auto text : texts)
        all.push_back(*mail::Network::parse(text));
    return all;
}

net::HttpRequest request_from(std::string_view address,
                              std::map<std::string, std::string> headers = {})
{
    return {.method = "GET",
            .target = "/",
            .headers = std::move(headers),
            .peer = *net::parse_address(address, 4711)};
}
}

TEST_CASE("who asks behind proxies is the last who is none")
{
    const Settings settings{.hostname = {},
                            .gate = {},
                            .allow = {},
                            .digest_allow = {},
                            .proxies = networks({"10.0.0.0/8", "2001:db8::/32"}),
                            .contact = {}};
    struct Case {
        std::string peer, forwarded, client;
    };
    const Case cases[]{
        {"192.0.2.1", "203.0.113.9", "192.0.2.1"}, // no proxy: not believed
        {"10.0.0.1", "203.0.113.9", "203.0.113.9"},
        {"10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"}, // the first may be a lie
        {"10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"},
        {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "nonsense", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.9:1234", "203.0.113.9"},
        {"2001:db8::1", "[2001:db9::7]:99", "2001:db9::7"},
        {"2001:db8::1", "2001:db9::7", "2001:db9::7"},
        {"10.0.0.1", "[", "10.0.0.1"},
    };
    for (const auto& [peer, given, client] : cases) {
        CAPTURE(peer, given);
        CHECK(visitor_of(request_from(peer, {{"x-forwarded-for", given}}), settings).ip.to_string()
              == client);
    }
}

TEST_CASE("the protocol of a proxy is believed, of others not")
{
    Settings settings{};
    settings.proxies = networks({"10.0.0.0/8"});
    const std::map<std::string, std::string> secure{{"x-forwarded-proto", "https"}};
    CHECK(visitor_of(request_from("10.0.0.1", secure), settings).is_secure);
    CHECK_FALSE(visitor_of(request_from("192.0.2.1", secure), settings).is_secure);
    auto tls = request_from("192.0.2.1");
    tls.is_tls = true;
    CHECK(visitor_of(tls, settings).is_secure);
    auto stripped = request_from("10.0.0.1", {{"x-forwarded-proto", "https, http"}});
    CHECK_FALSE(visitor_of(stripped, settings).is_secure);
}

TEST_CASE("the language is asked for, remembered or preferred, in that order")
{
    struct Case {
        std::string target, cookies, accepted;
        Language language;
    };
    const Case cases[]{
        {"/", "", "", Language::english},
        {"/", "", "ja", Language::japanese},
        {"/", "", "ja-JP,en;q=0.5", Language::japanese},
        {"/", "", "en-GB,ja;q=0.9", Language::english},
        {"/", "", "de;q=1.0, ja;q=0.3, en;q=0.25", Language::japanese},
        {"/", "", "ja;q=0, en;q=0.1", Language::english},
        {"/", "", "ja;q=x, en;q=0", Language::english},
        {"/", "mailweir-language=ja", "en", Language::japanese},
        {"/?lang=en", "mailweir-language=ja", "ja", Language::english},
        {"/?lang=xx", "", "ja", Language::japanese},
    };
    for (const auto& [target, cookies, accepted, language] : cases) {
        CAPTURE(target, cookies, accepted);
        auto request
            = request_from("127.0.0.1", {{"cookie", cookies}, {"accept-language", accepted}});
        request.target = target;
        CHECK((visitor_of(request, {}).language == language));
    }
}

TEST_CASE("over TLS only the cookie that no neighbour can plant is a session")
{
    const std::string both = "mailweir=s_plain; __Host-mailweir=s_secure";
    auto request = request_from("127.0.0.1", {{"cookie", both}});
    CHECK(visitor_of(request, {}).session == "s_plain");
    request.is_tls = true;
    const auto visitor = visitor_of(request, {});
    CHECK(visitor.session == "s_secure");
    CHECK(session_cookie(visitor, "s_new")
          == "__Host-mailweir=s_new; Path=/; HttpOnly; SameSite=Lax; Secure");
    CHECK(session_cookie(visitor, "")
          == "__Host-mailweir=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    CHECK(session_cookie(visitor, "x; Domain=evil").ends_with("Max-Age=0"));
    request.headers["cookie"] = "__Host-mailweir=a b";
    CHECK(visitor_of(request, {}).session.empty());
}

TEST_CASE("what another site's page sends to change something is foreign")
{
    struct Case {
        std::string method;
        std::map<std::string, std::string> headers;
        bool is_foreign;
    };
    const std::string host = "mx.example:8025";
    const Case cases[]{
        {"GET", {{"sec-fetch-site", "cross-site"}}, false},
        {"POST", {}, false},
        {"POST", {{"sec-fetch-site", "same-origin"}}, false},
        {"POST", {{"sec-fetch-site", "none"}}, false},
        {"POST", {{"sec-fetch-site", "same-site"}}, true},
        {"POST", {{"sec-fetch-site", "cross-site"}}, true},
        {"DELETE", {{"sec-fetch-site", "cross-site"}}, true},
        {"POST", {{"origin", "http://mx.example:8025"}}, false},
        {"POST", {{"origin", "https://MX.example:8025"}}, false},
        {"POST", {{"origin", "http://mx.example"}}, true},
        {"POST", {{"origin", "http://evil.example"}}, true},
        {"POST", {{"origin", "null"}}, true},
    };
    for (auto [method, headers, is_it] : cases) {
        CAPTURE(method, headers);
        headers["host"] = host;
        net::HttpRequest request{.method = method, .target = "/", .headers = headers};
        CHECK(is_foreign(request) == is_it);
    }
}
