// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/rules/body_lines.hpp"
#include "filters/rules/message_view.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace filters::rulebook;

TEST_CASE("body lines: a paragraph is a line, blanks are one")
{
    using Lines = std::vector<std::string>;
    CHECK(body_lines("one\ntwo  three\tfour\n\n\nfive\n   \nsix\xC2\xA0\xC2\xA0seven\r\neight\n \n")
          == Lines{"one two three four\n", "five\n", "six seven eight\n"});
    CHECK(body_lines("\n\nfirst") == Lines{"\n", "first"});
    CHECK(body_lines("").empty());
}

TEST_CASE("body lines and raw pieces: long texts are cut where a word ends")
{
    std::string words;
    for (int i = 0; i < 2000; ++i)
        words += "w" + std::to_string(1000 + i) + " ";
    const auto lines = body_lines(words);
    REQUIRE(lines.size() == 6);
    CHECK(lines[0].size() == 2046);
    CHECK(lines[0].ends_with("w1340 "));
    const auto pieces = raw_pieces(words);
    REQUIRE(pieces.size() == 5);
    CHECK(pieces[0].size() == 2052);
    std::string joined;
    for (const auto piece : pieces)
        joined += piece;
    CHECK(joined == words);
    CHECK(body_lines(std::string(5000, 'x')).front().size() == 2048);
    CHECK(raw_pieces(std::string(5000, 'x')).front().size() == 2049);
}

namespace {
struct Viewed {
    explicit Viewed(std::string_view text)
        : message{mail::Message::from_text(text)}, content{filters::content::analyse(message, {})},
          view{message, content}
    { }
    mail::Message message;
    filters::Content content;
    MessageView view;
};
}

TEST_CASE("header view: values, modifiers and pseudo fields")
{
    const Viewed mail{"Received: from a (a.example [192.0.2.1])\r\n\tby b with ESMTP id 1\r\n"
                      "From: \"The, Shop\" (x) < News@Shop.example >\r\n"
                      "To: bob@example.org (Bob B)\r\nCc: carol@example.org\r\n"
                      "Subject: =?utf-8?Q?Caf=C3=A9?=\r\n =?utf-8?Q?s?= now\r\n"
                      "X-Spam-Status: No\r\nMessage-ID: <1@a>\r\n\r\nbody\r\n"};
    struct Row {
        std::string_view name, value;
    };
    const auto row = GENERATE(values<Row>({
        {"Subject", "Caf\xC3\xA9s now\n"},
        {"Subject:raw", " =?utf-8?Q?Caf=C3=A9?=\n =?utf-8?Q?s?= now\n"},
        {"From:addr", "News@Shop.example"},
        {"From:name", "The, Shop"},
        {"To:addr", "bob@example.org"},
        {"To:name", "Bob B"},
        {"ToCc", "bob@example.org (Bob B)\ncarol@example.org\n"},
        {"MESSAGEID", "<1@a>\n"},
        {"received", "from a (a.example [192.0.2.1]) by b with ESMTP id 1\n"},
    }));
    INFO(row.name);
    CHECK(mail.view.headers().text(row.name) == row.value);
    CHECK(mail.view.headers().find("X-Spam-Status") == nullptr);
    CHECK(mail.view.headers().text("ALL-EXTERNAL").starts_with("Received: from a"));
}

TEST_CASE("of a long message tests see the beginning, however it is cut up")
{
    std::string text = "Subject: " + std::string(20'000, 's')
        + "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < 4; ++i) {
        text += "--b\r\n\r\n";
        for (int line = 0; line < 600; ++line)
            text += "http://host" + std::to_string(i * 1000 + line) + ".org/"
                + std::string(980, 'p') + "\r\n";
    }
    const Viewed one{text};
    const auto sum = [](const auto& texts) {
        std::size_t octets = 0;
        for (const auto& each : texts)
            octets += each.size();
        return octets;
    };
    CHECK(one.view.headers().find("Subject")->size() == 8193);
    const auto body = sum(one.view.body()) - one.view.body().front().size();
    CHECK(body > 60'000);
    CHECK(body < 110'000);
    CHECK(sum(one.view.rawbody()) > 500'000);
    CHECK(sum(one.view.rawbody()) < 560'000);
    CHECK(std::ranges::any_of(one.view.uris(),
                              [](const std::string& uri) { return uri.contains("host3000."); }));
    CHECK(sum(one.view.uris()) > 80'000);
    CHECK(sum(one.view.uris()) <= 256U << 10);
    CHECK(one.view.full().size() <= 1U << 20);
}

TEST_CASE("a text without blanks is cut all the same")
{
    const Viewed one{"Content-Type: text/plain\r\n\r\n" + std::string(400'000, 'a')};
    std::size_t octets = 0;
    for (std::size_t i = 1; i < one.view.body().size(); ++i)
        octets += one.view.body()[i].size();
    CHECK(octets == 50'000);
}

TEST_CASE("links are there as written and as programs would follow them")
{
    const Viewed mail{"Subject: see b@mail.example.com\r\nContent-Type: text/html\r\n\r\n"
                      "<base href='http://base.example.com/d/'><a href='x/y'>1</a>"
                      "<a href='http://A%62c.example.com/'>2</a>"
                      "<a href='http://r.example.com/?u=http://evil.example.com/z'>3</a>"
                      "<img src='cid:1'> plain.example.com and www.w.example.com/q.\r\n"};
    const auto& uris = mail.view.uris();
    for (const auto* wanted : {"x/y", "http://base.example.com/d/x/y", "http://A%62c.example.com/",
                               "http://Abc.example.com/", "http://evil.example.com/z", "cid:1",
                               "http://plain.example.com", "mailto:b@mail.example.com"}) {
        INFO(wanted);
        CHECK(std::ranges::find(uris, wanted) != uris.end());
    }
    CHECK(std::ranges::find(mail.view.hosts(), "evil.example.com") != mail.view.hosts().end());
}
