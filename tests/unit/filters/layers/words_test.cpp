// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
std::string rules(std::string_view rules) { return "rules: [" + std::string{rules} + "]"; }

Findings in_content(World& world, std::string_view settings, const Content& content)
{
    const auto& type = type_named("words");
    const auto layer = type.make_content(world.read(type, settings), world.services);
    REQUIRE(layer->is_needed());
    return layer->inspect(world.mail.message, content);
}

Findings in_body(World& world, std::string_view settings, std::string_view body)
{
    Content content;
    content.bodies.emplace_back().visible = body;
    return in_content(world, settings, content);
}
}

TEST_CASE("words: texts and patterns on subject and header fields")
{
    World world{"words", rules(R"(
        { name: lottery, where: subject, text: "you have won", then: block },
        { name: code, where: subject, pattern: "\\bw[i1]nner\\b", points: 2.5 },
        { name: sender, where: "header From", text: "@shop.example", then: tag },
        { name: any, where: header, pattern: "(?m)^X-Mailer: evil", then: quarantine },
        { name: friend, where: subject, text: "Invoice", exact_case: true, then: allow })")};
    REQUIRE(world.said().empty());
    world.receives("From: Shop <news@shop.example>\r\nSubject: =?utf-8?B?WW91IGhhdmUg?=\r\n"
                   " =?utf-8?B?d29uLCBXMW5uZXIhIGludm9pY2U=?=\r\nX-Mailer: Evil 1\r\n\r\n");
    const auto found = world.message();
    CHECK(names(found) == Names{"words.block", "words.points", "words.tag", "words.quarantine"});
    CHECK(found[0].detail == "lottery");
    CHECK(found[1].weight == 2.5);
    CHECK(all_declared(found, "words"));
}

TEST_CASE("words: plain texts are compared as a reader sees them")
{
    World world{"words", rules("{ where: subject, text: viagra, then: block }")};
    for (const auto* subject : {"ＶＩＡＧＲＡ", "v\u200bi\u00ada\u2060gra"}) {
        world.receives("Subject: " + mail::encode_words(subject) + "\r\n\r\n");
        CHECK(names(world.message()) == Names{"words.block"});
    }
}

TEST_CASE("words: a Japanese rule finds its word in ISO-2022-JP")
{
    World world{"words", rules("{ where: subject, text: 当選, then: tag }")};
    world.receives("Subject: =?ISO-2022-JP?B?GyRCRXZBKhsoQg==?=\r\n\r\n");
    CHECK(names(world.message()) == Names{"words.tag"});
}

TEST_CASE("words: rules without a body rule never make a scan necessary")
{
    World world;
    const auto& type = type_named("words");
    const auto settings = world.read(type, rules("{ where: subject, text: a, then: tag }"));
    CHECK_FALSE(type.make_content(settings, world.services)->is_needed());
}

TEST_CASE("words: body rules look at what is read, raw rules at the body as it came")
{
    World world;
    CHECK(names(in_body(world, rules("{ where: body, pattern: 'casino|lotto', then: block }"),
                        "come to the CASINO now"))
          == Names{"words.block"});
    CHECK(in_body(world, rules("{ where: body, text: casino, then: block }"), "hello").empty());
    Content content;
    content.raw_body = "\xff caf\xc3\xa9 <b>";
    content.bodies.resize(2);
    content.bodies[1].visible = "ＣＡＳＩＮＯ";
    CHECK(names(in_content(world, rules("{ where: raw, text: 'caf\xc3\xa9 <b>', points: 1 }"),
                           content))
          == Names{"words.points"});
    CHECK(names(in_content(world, rules("{ where: body, text: casino, then: tag }"), content))
          == Names{"words.tag"});
    CHECK(in_content(world, rules("{ where: raw, text: casino, then: tag }"), content).empty());
    CHECK(
        in_content(world, rules("{ where: body, text: caf\xc3\xa9, then: tag }"), content).empty());
}

TEST_CASE("words: attachment rules look at each name of each file by itself")
{
    World world;
    Content content;
    content.bodies.emplace_back().visible = "read invoice.exe";
    content.files.resize(3);
    content.files[1].filename = "Invoice.PDF";
    content.files[1].other_filenames = {"invoice.exe"};
    content.files[2].filename = "notes.txt";
    CHECK(names(in_content(world, rules("{ where: attachment, pattern: '\\.exe$', then: block }"),
                           content))
          == Names{"words.block"});
    CHECK(names(in_content(world, rules("{ where: attachment, text: ｉｎｖｏｉｃｅ, then: tag }"),
                           content))
          == Names{"words.tag"});
    CHECK(in_content(world, rules("{ where: attachment, pattern: '^notes$', then: tag }"), content)
              .empty());
    CHECK(
        in_content(world, rules("{ where: attachment, text: read, then: tag }"), content).empty());
}

TEST_CASE("words: a pattern that takes too long is given up and said so")
{
    World world;
    world.services.env = &net::Env::real();
    const auto found
        = in_body(world, rules("{ name: slow, where: body, pattern: '(a+)+$', then: block }"),
                  std::string(1U << 20, 'a') + "!");
    REQUIRE(names(found) == Names{"words.gave_up"});
    CHECK(found[0].detail == "slow");
    World header{"words", rules("{ name: slow, where: header, pattern: '(a+)+$', then: block }")};
    header.receives("Subject: " + std::string(100'000, 'a') + "!\r\n\r\n");
    CHECK(names(header.message()) == Names{"words.gave_up"});
}

TEST_CASE("words: each mistake in a rule has its place")
{
    struct Row {
        const char *rule, *text;
    };
    for (const auto& [rule, text] : {
             Row{"{ where: subjct, text: a, then: tag }", "did you mean \"subject\"?"},
             Row{"{ where: subject, then: tag }", "one of \"text\" and \"pattern\""},
             Row{"{ where: subject, text: a, pattern: b, then: tag }",
                 "one of \"text\" and \"pattern\""},
             Row{"{ where: subject, text: a }", "one of \"then\" and \"points\""},
             Row{"{ where: subject, text: a, then: tag, points: 1 }",
                 "one of \"then\" and \"points\""},
             Row{"{ where: subject, text: a, then: blok }", "did you mean \"block\"?"},
             Row{"{ where: subject, pattern: 'a(b', then: tag }", "(at character 4)"},
             Row{"{ where: subject, text: a, then: tag, color: red }", "unknown key \"color\""},
             Row{"{ where: subject, text: a, points: many }", "\"points\" must be a number"},
         }) {
        INFO(rule);
        World world{"words", rules(rule)};
        INFO(world.said());
        CHECK(world.said().find(text) != std::string::npos);
        CHECK(world.said().find("m.yaml:1:") != std::string::npos);
    }
}
