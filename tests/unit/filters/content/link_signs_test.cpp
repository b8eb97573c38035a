// SPDX-License-Identifier: Apache-2.0
#include "filters/content/link_signs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
using Sign = LinkSign::Kind;

Link link_to(std::string written, std::string text = {})
{
    Link made;
    made.source = Link::Source::html;
    made.url = *parse_url(written);
    made.written = std::move(written);
    made.text = std::move(text);
    return made;
}

std::vector<LinkSign> signs(const Link& one)
{
    static const ProtectedNames names{{"paypal.com"}};
    return link_signs({one}, names, 10);
}
}

TEST_CASE("signs of links that mislead")
{
    const auto [one, kind, detail] = GENERATE(table<Link, Sign, std::string>({
        {link_to("http://evil.net/", "www.bank.com"), Sign::other_site, "bank.com (evil.net)"},
        {link_to("http://paypa1.com/"), Sign::look_alike, "paypa1.com (paypal.com)"},
        {link_to("http://192.0.2.1/"), Sign::bare_address, "192.0.2.1"},
        {link_to("http://3221225985/"), Sign::odd_address, "192.0.2.1"},
        {link_to("http://bank.com@evil.net/"), Sign::user_info, "evil.net"},
        {link_to("http://xn--l-7sba6dbr.net/"), Sign::look_alike,
         "xn--l-7sba6dbr.net (paypal.com)"},
        {link_to("http://ev%69l.net/"), Sign::odd_host, "evil.net"},
        {link_to("data:text/html,<b>"), Sign::data_page, "data:"},
        {link_to("javascript:x()"), Sign::script, "javascript"},
        {link_to("http://a.net/?u=https%3A%2F%2Fevil.com%2Fx&b"), Sign::redirect, "evil.com"},
        {link_to("http://a.net:4444/"), Sign::odd_port, "a.net:4444"},
        {link_to("https://bit.ly/x"), Sign::short_link, "bit.ly"},
    }));
    INFO(one.written);
    const auto found = signs(one);
    REQUIRE(found.size() >= 1);
    const bool is_there = std::ranges::any_of(found, [&](const LinkSign& sign) {
        return sign.kind == kind && sign.detail == detail && sign.evidence == one.written;
    });
    CHECK(is_there);
}

TEST_CASE("a label that mixes scripts is noted, a label of one script is not")
{
    CHECK(signs(link_to("http://аpple.net/")).at(0).kind == Sign::punycode_mix);
    CHECK(signs(link_to("http://日本語テスト.jp/")).empty());
    CHECK(signs(link_to("http://bücher.de/")).empty());
}

TEST_CASE("honest links have no signs")
{
    for (const auto& one :
         {link_to("http://www.bank.com/", "bank.com"), link_to("http://www.bank.com/", "our pages"),
          link_to("http://a.net/?u=https://www.a.net/x"), link_to("mailto:a@b.com", "www.x.com"),
          link_to("http://bank.com:8080/"), link_to("https://www.paypal.com/")})
        CHECK(signs(one).empty());
}

TEST_CASE("pictures lead nobody away; codes and refreshes do")
{
    auto picture = link_to("http://a.net:4444/", "www.bank.com");
    picture.kind = HtmlLink::Kind::picture;
    CHECK(signs(picture).empty());
    auto code = link_to("http://a.net/");
    code.source = Link::Source::picture_code;
    CHECK(signs(code).at(0).kind == Sign::code);
    auto refresh = link_to("http://a.net/");
    refresh.kind = HtmlLink::Kind::refresh;
    CHECK(signs(refresh).at(0).kind == Sign::refresh);
}

TEST_CASE("each sign is said once, and not more often than the limit")
{
    const ProtectedNames names{{}};
    CHECK(
        link_signs({link_to("http://192.0.2.1/a"), link_to("http://192.0.2.1/b")}, names, 10).size()
        == 1);
    CHECK(link_signs({link_to("http://192.0.2.1/"), link_to("http://192.0.2.2/")}, names, 1).size()
          == 1);
}
