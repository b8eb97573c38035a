// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
Findings inspect(std::string_view text)
{
    World world;
    const auto& type = type_named("author");
    const auto layer = type.make_content(world.read(type, ""), world.services);
    REQUIRE(layer->is_needed());
    world.receives(text);
    auto found = layer->inspect(world.mail.message, content::analyse(world.mail.message, {}));
    CHECK(all_declared(found, "author"));
    return found;
}
Findings of_header(std::string_view fields)
{
    return inspect(std::string{fields} + "\r\n\r\nhi\r\n");
}
Findings of_html(std::string_view fields, std::string_view html)
{
    return inspect(std::string{fields} + "\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
                   + std::string{html} + "\r\n");
}
}

TEST_CASE("author: a well-known name in front of a foreign domain")
{
    const auto found = of_header("From: PayPal <service@evil.example>");
    REQUIRE(names(found) == Names{"author.brand_name"});
    CHECK(found[0].detail == "PayPal");
    CHECK(found[0].evidence == "evil.example");
    CHECK(of_header("From: PayPal <service@mail.paypal.de>").empty());
    CHECK(names(of_header("From: Ann <a@a.example>\r\nSubject: Your Netflix account"))
          == Names{"author.brand_subject"});
}

TEST_CASE("author: answers that go elsewhere")
{
    CHECK(of_header("From: Ann <a@mail.a.example>\r\nReply-To: b@a.example").empty());
    CHECK(names(of_header("From: Ann <a@a.example>\r\nReply-To: b@b.example"))
          == Names{"author.reply_elsewhere"});
    CHECK(names(of_header("From: Ann <a@a.example>\r\nReply-To: b@gmail.com"))
          == Names{"author.reply_elsewhere", "author.reply_free_mail"});
}

TEST_CASE("author: a list that put its own address into From is no sender with answers elsewhere")
{
    const std::string rewritten = "From: Ann <list@l.example>\r\nTo: List@l.example\r\n"
                                  "Reply-To: ann@gmail.com\r\n";
    CHECK(of_header(rewritten + "List-Post: <mailto:list@L.example>").empty());
    CHECK(of_header("From: Ann via list <list@l.example>\r\nReply-To: ann@gmail.com").empty());
    CHECK(names(of_header(rewritten + "List-Post: <mailto:other@l.example>"))
          == Names{"author.reply_elsewhere", "author.reply_free_mail", "author.to_self"});
}

TEST_CASE("author: what the sender's fields say of each other")
{
    CHECK(names(of_header("From: a@gmail.com\r\nTo: A@gmail.com\r\nMessage-ID: <1@a.example>"))
          == Names{"author.foreign_id", "author.to_self", "author.free_mail", "author.nameless"});
    CHECK(of_header("From: Ann <a@a.example>\r\nTo: b@a.example\r\nMessage-ID: <1@mx.a.example>")
              .empty());
    CHECK(of_header("Subject: no sender").empty());
    CHECK(of_header("From: ,,,\r\nReply-To: <<").empty());
}

TEST_CASE("author: links to none of the sender's sites, and a brand named without its site")
{
    constexpr auto* from = "From: Ann <a@a.example>";
    CHECK(of_html(from, "<a href='https://www.a.example/x'>our site</a>").empty());
    CHECK(names(of_html(from, "<a href='https://b.example/x'>a site</a>"))
          == Names{"author.foreign_links"});
    CHECK(names(of_html(from, "Your Netflix bill <a href='https://b.example/x'>pay</a>"))
          == Names{"author.brand_text", "author.foreign_links"});
    CHECK(names(of_html(from, "Your Netflix bill <a href='https://www.netflix.com/x'>pay</a>"))
          == Names{"author.foreign_links"});
    CHECK(names(of_html(from, "<a href='https://netflix.b.example/x'>pay</a>"))
          == Names{"author.brand_link", "author.foreign_links"});
    CHECK(names(of_html(from,
                        "<img src='https://www.netflix.com/logo.png'>"
                        "<a href='https://b.example/'>pay</a>"))
          == Names{"author.brand_picture", "author.foreign_links"});
}
