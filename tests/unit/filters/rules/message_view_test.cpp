// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/rules/body_lines.hpp"
#include "filters/rules/message_view.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>

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

TEST_CASE("header view: each field is a list, a line for each entry")
{
    const Viewed mail{"From: \"A\" B <a@x.example>, ''C'' <c@x.example>; d@x.example (D),\r\n"
                      " \"e, (f\" <e@x.example>, f@x.example <f@x.example>\r\n"
                      "To: Friends: g@x.example, h@x.example;\r\nTo: <i@x.example>\r\n"
                      "Cc: =?utf-8?Q?j_=3Ck@x.example=3E?= <j@x.example>\r\n"
                      "Bcc: =?utf-8?Q?l_=3Cl@x.example=3E?=\r\n"
                      "Return-Path: <m@x.example>\r\nReturn-Path: <n o@x.example>\r\n\r\nx\r\n"};
    struct Row {
        std::string_view name, value;
    };
    const auto row = GENERATE(values<Row>({
        {"From:addr", "a@x.example\nc@x.example\nd@x.example\ne@x.example\nf@x.example"},
        {"From:name", "A B\n'C'\nD\ne, (f"},
        {"To:addr", "g@x.example\nh@x.example\ni@x.example"},
        {"To:addr:first", "g@x.example\nh@x.example"},
        {"To:addr:last", "i@x.example"},
        {"From:name:raw", "A B\n''C''\nD\ne, (f"},
        {"To:name", ""},
        {"Cc:addr", "j@x.example"},
        {"Cc:name", "j <k@x.example>"},
        {"Bcc:addr", "l@x.example"},
        {"Return-Path:addr", "m@x.example"},
        {"Subject:addr", ""},
    }));
    INFO(row.name);
    const auto& headers = mail.view.headers();
    CHECK(headers.text(row.name) == row.value);
    CHECK(headers.first(row.name) == row.value.substr(0, row.value.find('\n')));
}

TEST_CASE("no list of addresses takes long")
{
    const auto sign = GENERATE(
        values<std::string_view>({"(", "\"", "<", "\\\"", "(<", "a@b,", "\"\\\"", ">,<", ":"}));
    std::string list;
    constexpr std::size_t size = 200'000;
    while (list.size() < size)
        list += sign;
    const Viewed mail{"From: " + list + "\r\nTo: " + list.substr(0, 40'000) + "\r\n\r\nx\r\n"};
    const auto start = std::chrono::steady_clock::now();
    for (const auto* name : {"From:addr", "From:name", "ToCc:addr", "ToCc:name", "To:name:raw"})
        mail.view.headers().find(name);
    INFO(sign);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{2});
}

TEST_CASE("header view: where a web mailer says its user sat is a hop of ours behind hosts of ours")
{
    struct Row {
        std::string_view last_hop, origin;
        std::size_t trusted, untrusted;
    };
    const auto row = GENERATE(values<Row>({
        {"10.0.0.1", "[192.168.1.2]", 2, 0},
        {"10.0.0.1", "192.0.2.9", 1, 1},
        {"192.0.2.1", "[192.168.1.2]", 0, 2},
    }));
    INFO(row.origin);
    const Viewed mail{"Received: from a (a.example [" + std::string{row.last_hop}
                      + "]) by b with ESMTP id 1\r\nX-Originating-IP: " + std::string{row.origin}
                      + "\r\n\r\nx\r\n"};
    const auto& trace = mail.view.headers().trace();
    CHECK(trace.trusted.size() == row.trusted);
    CHECK(trace.untrusted.size() == row.untrusted);
    CHECK(std::ranges::all_of(trace.trusted, &Relay::is_internal));
}

TEST_CASE("blanks at line ends of quoted-printable are of the way, quoted ones of the text")
{
    const Viewed mail{"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                      "\r\none \t\r\ntwo=20\r\nthr= \r\nee  "};
    REQUIRE(mail.view.parts().size() == 1);
    CHECK(mail.view.parts().front().decoded == "one\ntwo \nthree");
}

TEST_CASE("links: numbers are addresses, words of http are names, redirects lead on")
{
    struct Row {
        std::string_view written, form;
        bool is_there;
    };
    const auto row = GENERATE(values<Row>({
        {"http://3221225985/", "http://192.0.2.1/", true},
        {"http://030000001001/", "http://192.0.2.1/", true},
        {"http://0xC0000201/", "http://192.0.2.1/", true},
        {"http://word/", "http://www.word.com/", true},
        {"https://word/", "https://www.word.com/", false},
        {"http://r.example.com/?u=https:%2F%2Fe.example.com/", "https://e.example.com/", true},
        {"http://r.example.com/?u=https:%2F%2Fe.example.com/", "https://%2F%2Fe.example.com/",
         false},
    }));
    const Viewed mail{"Content-Type: text/html\r\n\r\n<a href='" + std::string{row.written}
                      + "'>x</a>\r\n"};
    INFO(row.form);
    CHECK((std::ranges::find(mail.view.uris(), row.form) != mail.view.uris().end())
          == row.is_there);
}
