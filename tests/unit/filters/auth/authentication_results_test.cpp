// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/authentication_results.hpp"

#include <catch2/catch.hpp>

using namespace filters::auth;

namespace {
mail::Field field(std::string_view value, std::string_view name = "Authentication-Results")
{
    return {.name = name, .value = value};
}
}

TEST_CASE("the examples of RFC 8601 are read")
{
    const auto none = AuthenticationResults::parse(" example.org 1; none");
    REQUIRE(none);
    CHECK(none->authserv_id == "example.org");
    CHECK(none->methods.empty());

    const auto several = AuthenticationResults::parse(
        " example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
        " spf=pass smtp.mailfrom=example.net;\r\n dkim=fail reason=\"bad (really) \\\"sig\\\"\"\r\n"
        "   header.i=@mail-router.example.net header.b = \"AbC/d\"");
    REQUIRE(several);
    REQUIRE(several->methods.size() == 3);
    CHECK(several->methods[0].properties
          == std::vector<Property>{{"smtp", "auth", "sender@example.net"}});
    CHECK(several->methods[2].result == "fail");
    CHECK(several->methods[2].reason == "bad (really) \"sig\"");
    CHECK(several->methods[2].properties
          == std::vector<Property>{{"header", "i", "@mail-router.example.net"},
                                   {"header", "b", "AbC/d"}});

    const auto commented = AuthenticationResults::parse(
        " foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for"
        " it) fail\r\n policy (A dot can go here) . (like that) expired (this surprised me) = (as I"
        " wasn't expecting it) 1362471462");
    REQUIRE(commented);
    CHECK(commented->authserv_id == "foo.example.net");
    REQUIRE(commented->methods.size() == 1);
    CHECK(commented->methods[0].method == "dkim");
    CHECK(commented->methods[0].properties
          == std::vector<Property>{{"policy", "expired", "1362471462"}});
}

TEST_CASE("what is no Authentication-Results is refused")
{
    std::string many = "a";
    for (std::size_t i = 0; i <= AuthenticationResults::most_methods; ++i)
        many += ";spf=pass";
    const auto value = GENERATE_COPY(values<std::string>(
        {"", ";", "a b; none", "a/1; none", "a; spf", "a; spf=", "a; =pass", "a; spf=pass x",
         "a; spf=pass smtp.=x", "a; spf=pass .a=x", "a; spf=pass (", "(a", "\"a; none",
         "a; spf=pass reason=\"x", "a; spf=pass; none", many,
         "a; " + std::string(100, '(') + std::string(100, ')') + "none",
         std::string(AuthenticationResults::longest + 1, 'a')}));
    INFO(value);
    CHECK_FALSE(AuthenticationResults::parse(value));
}

TEST_CASE("whatever a peer put into the texts, one field comes out that reads back")
{
    const auto hostile
        = GENERATE(as<std::string>{}, "a\r\nX-Evil: 1", "\"", "\\", "a;dkim=pass", "(", ")", "a b",
                   "\xE3\x81\x82", "@", "a@b@c", "", "\"\\", std::string("\0", 1));
    const AuthenticationResults written{
        "mx.example.jp",
        {{.method = "dkim",
          .result = "fail",
          .reason = hostile,
          .comment = hostile,
          .properties = {{"header", "i", hostile}, {"header", "d", "example.org"}}},
         {.method = "spf", .result = "pass", .properties = {{"smtp", "mailfrom", "a@b.example"}}}}};
    const auto field = written.field();
    INFO(field);
    const auto header = mail::Header::parse(field);
    REQUIRE(header.fields().size() == 1);
    CHECK(header.malformed_lines() == 0);
    for (const char c : field)
        CHECK((c == '\r' || c == '\n' || c == '\t' || (c >= ' ' && c <= '~')));
    const auto read = AuthenticationResults::parse(header.fields().front().value);
    REQUIRE(read);
    REQUIRE(read->methods.size() == 2);
    CHECK(read->methods[0].result == "fail");
    CHECK(read->methods[0].properties.size() == 2);
    CHECK(read->methods[0].properties[1] == written.methods[0].properties[1]);
    CHECK(read->methods[1] == written.methods[1]);
    CHECK(*AuthenticationResults::parse(read->value()) == *read);
}

TEST_CASE("what others add without a type is passed over")
{
    const auto read = AuthenticationResults::parse(
        "a; dmarc=pass action=none header.from=example.org;compauth=pass reason=100");
    REQUIRE(read);
    REQUIRE(read->methods.size() == 2);
    CHECK(read->methods[0].properties == std::vector<Property>{{"header", "from", "example.org"}});
    CHECK(read->methods[1].reason == "100");
}

TEST_CASE("one result goes through one line")
{
    const MethodResult result{.method = "dkim",
                              .result = "fail",
                              .reason = "it is not, what \"was\" signed",
                              .properties = {{"header", "d", "example.org"}}};
    CHECK(result.text()
          == "dkim=fail reason=\"it is not, what \\\"was\\\" signed\" header.d=example.org");
    CHECK(MethodResult::parse(result.text()) == result);
    for (const auto text : {"", "none", "dkim", "dkim=pass;spf=pass", "words of somebody"})
        CHECK_FALSE(MethodResult::parse(text));
}

TEST_CASE("a field is folded and says none where nothing was done")
{
    CHECK(AuthenticationResults{"mx.example.jp"}.field()
          == "Authentication-Results: mx.example.jp; none\r\n");
    const AuthenticationResults results{
        "mx.example.jp",
        {{.method = "spf", .result = "pass", .properties = {{"smtp", "mailfrom", "a@b.example"}}},
         {.method = "dmarc",
          .result = "fail",
          .comment = "p=reject",
          .properties = {{"header", "from", "a-longer-name.of-a-domain.example"},
                         {"policy", "dmarc", "reject"}}}}};
    CHECK(results.value()
          == "mx.example.jp;\r\n\tspf=pass smtp.mailfrom=a@b.example;\r\n\tdmarc=fail (p=reject)"
             " header.from=a-longer-name.of-a-domain.example\r\n\t policy.dmarc=reject");
}

TEST_CASE("foreign fields in our name are known, however they are written")
{
    const std::string us = "mx.example.jp";
    for (const std::string_view value :
         {" mx.example.jp; dkim=pass", " MX.Example.JP; none", " (x) mx.example.jp 1; none",
          " \"mx.example.jp\"; none", "\r\n mx.example.jp\r\n ; none", " mx.example.jp",
          " \"mx.ex\\ample.jp\"; none", " mx.example.jp/1; dkim=pass",
          " =?utf-8?q?mx.example.jp?=;", " (mx.example.jp", " x mx.example.jp; none"}) {
        INFO(value);
        CHECK(claims_to_be(field(value), us));
    }
    for (const std::string_view value :
         {" mx.example.com; dkim=pass header.d=mx.example.jp", " notmx.example.jp; none",
          " (mx.example.jp) other.example; none", " ;", ""}) {
        INFO(value);
        CHECK_FALSE(claims_to_be(field(value), us));
    }
    CHECK_FALSE(claims_to_be(field(" mx.example.jp; none", "X-Authentication-Results"), us));
    CHECK(claims_to_be(field(" mx.example.jp; none", "AUTHENTICATION-results"), us));
}
