// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/rules/parser.hpp"
#include "filters/rules/rule_set.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace filters::rulebook;

namespace {
RuleBook book_of(std::string_view text)
{
    Parser parser;
    parser.read(text, "test.cf");
    return parser.take();
}

std::map<std::string, double> hits(std::string_view rules, std::string_view message,
                                   bool has_prefilter = true)
{
    auto book = book_of(rules);
    const RuleSet set{book, {.has_all_tests = true, .has_prefilter = has_prefilter}};
    for (const auto& remark : book.remarks)
        FAIL(remark.complaint.to_string());
    const auto mail = mail::Message::from_text(message);
    const auto content = filters::content::analyse(mail, {});
    const MessageView view{mail, content};
    filters::PatternBudget budget{std::chrono::seconds{5}};
    const auto result = set.run(view, budget);
    CHECK(result.gave_up.empty());
    std::map<std::string, double> found;
    for (std::size_t i = 0; i < set.tests().size(); ++i)
        if (result.values[i] != 0)
            found[set.tests()[i].name] = result.values[i];
    return found;
}

constexpr std::string_view message
    = "Received: from mail.shop.example (mail.shop.example [192.0.2.7])\r\n"
      "\tby mx.example.org (Postfix) with ESMTP id 4X1 for <bob@example.org>;\r\n"
      "\tMon, 3 Aug 2026 10:00:00 +0000\r\n"
      "From: \"The Shop\" <news@shop.example>\r\n"
      "To: bob@example.org\r\n"
      "Subject: =?utf-8?Q?Caf=C3=A9?= offer\r\n"
      "Date: Mon, 3 Aug 2026 09:59:00 +0000\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n"
      "\r\n"
      "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
      "<p>Buy <b>cheap</b>\r\npills</p><p>now at <a href=\"http://pills.example/?id=7\">here</a>"
      "<p>buy, buy!\r\n"
      "--b\r\nContent-Type: application/pdf; name=\"offer.pdf\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n";
}

TEST_CASE("rules: each kind looks at its own view of a message")
{
    const auto rule = GENERATE(values<std::string_view>({
        "header X Subject =~ /^Caf\xC3\xA9 offer$/",
        "header X Subject:raw =~ /=\\?utf-8\\?Q/",
        "header X From:addr =~ /^news\\@shop\\.example$/",
        "header X From:name =~ /^The Shop$/",
        "header X exists:To",
        "header X Cc !~ /bob/",
        "header X X-None =~ /^none$/ [if-unset: none]",
        "header X ALL =~ /^To: bob\\@example\\.org$/m",
        "header X ALL:raw =~ /\\n\\tby mx/",
        "header X ToCc =~ /bob/",
        "header X X-Spam-Relays-External =~ /^\\[ ip=192\\.0\\.2\\.7 rdns=mail\\.shop\\.example /",
        "body X /^Buy cheap pills/",
        "body X /^Caf\xC3\xA9/",
        "rawbody X /<b>cheap<\\/b>\\npills/",
        "uri X /^http:\\/\\/pills\\.example\\/\\?id=7$/",
        "uri X m{^http://pills\\.}",
        "full X /^--b--/m",
        "mimeheader X Content-Type =~ /name=\"offer\\.pdf\"/",
        "body X eval:html_tag_exists('b')",
        "header X eval:check_for_missing_to_header()\nmeta Y !X",
        "body __A /pills/\nheader __B Subject =~ /nothing/\nmeta X __A && !__B",
        "body __A /cheap/\nmeta X (__A + __A) > 1",
        "replace_tag E [e3]\nreplace_post P2 {1,2}\nreplace_rules X\nbody X /<post P2>ch<E>ap/",
        "header __C To:addr =~ /^(?<WHO>\\w+)/\nfull X /To: %{WHO}\\@/",
    }));
    INFO(rule);
    const auto found = hits(rule, message);
    CHECK((found.contains("X") || found.contains("Y")));
    CHECK(found == hits(rule, message, false));
}

TEST_CASE("rules: what is not there does not hit")
{
    const auto rule = GENERATE(values<std::string_view>({
        "header X Subject =~ /=\\?utf-8/",
        "header X exists:Cc",
        "header X To !~ /bob/",
        "body X /<b>/",
        "body X /cheap pills now/",
        "rawbody X /JVBER|%PDF/",
        "uri X /mailto/",
        "tflags X nosubject\nbody X /offer/",
        "mimeheader X Content-Type =~ /zip/",
    }));
    INFO(rule);
    CHECK(hits(rule, message).empty());
}

TEST_CASE("rules: tests with the flag multiple count, up to their limit")
{
    CHECK(hits("body X /buy/i\ntflags X multiple", message)["X"] == 3);
    CHECK(hits("body X /buy/i\ntflags X multiple maxhits=2", message)["X"] == 2);
    CHECK(hits("body X /buy/i", message)["X"] == 1);
    CHECK(hits("body X /\\b/\ntflags X multiple", "Subject: a b\r\n\r\n")["X"] == 4);
}

TEST_CASE("rules: a test without score does not run but for others")
{
    auto book = book_of("body ZERO /a/\nscore ZERO 0\nbody ONE /a/\nbody __USED /a/\n"
                        "body __UNUSED /a/\nmeta TWO __USED\nscore TWO 0.1 0.2 0.3 0.4\n"
                        "body NICE /a/\ntflags NICE nice\nbody T_TRY /a/\nbody REL /a/\n"
                        "score REL 2\nscore REL (0.5)\n");
    const RuleSet set{book, {.score_set = 2}};
    std::map<std::string, double> scores;
    for (const auto& test : set.tests())
        scores[test.name] = test.score;
    CHECK(
        scores
        == std::map<std::string, double>{
            {"ONE", 1}, {"TWO", 0.3}, {"__USED", 0}, {"NICE", -1}, {"T_TRY", 0.01}, {"REL", 2.5}});
}

TEST_CASE("rules: patterns that take for ever hold the budget, and a finding says which")
{
    auto book = book_of("body SLOW /^(?:a+)+$/\nrawbody WORSE /(?:x|xx|y+?)*z{3}(?:.*.*.*)*Q/s\n"
                        "body QUICK /end/\n");
    const RuleSet set{book, {}};
    std::string text = "Subject: x\r\n\r\n";
    for (int i = 0; i < 200; ++i)
        text += std::string(2'000, "axy"[i % 3]) + "!\r\n\r\n";
    const auto mail = mail::Message::from_text(text + "end\r\n");
    const auto content = filters::content::analyse(mail, {});
    const MessageView view{mail, content};
    filters::PatternBudget budget{std::chrono::milliseconds{100}};
    const auto start = std::chrono::steady_clock::now();
    const auto result = set.run(view, budget);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{3});
    CHECK_FALSE(result.gave_up.empty());
}

TEST_CASE("rules: what the budget kept from running neither hits nor lets others hit")
{
    std::string rules = "body __WON /won/\nmeta NOT_WON !__WON\nmeta EITHER __WON || !__GONE\n"
                        "body __GONE /gone/\n";
    for (int i = 0; i < 100; ++i)
        rules += "header NEGATED" + std::to_string(i) + " Subject !~ /never" + std::to_string(i)
            + "/\n";
    auto book = book_of(rules);
    const RuleSet set{book, {.has_all_tests = true, .has_prefilter = false}};
    const auto mail = mail::Message::from_text("Subject: x\r\n\r\nYou have won.\r\n");
    const auto content = filters::content::analyse(mail, {});
    const MessageView view{mail, content};
    const auto hits_within = [&](std::chrono::microseconds time) {
        filters::PatternBudget budget{time};
        const auto result = set.run(view, budget);
        CHECK(result.is_spent == (time == std::chrono::microseconds{0}));
        return std::ranges::count_if(result.values, [](double value) { return value != 0; });
    };
    CHECK(hits_within(std::chrono::seconds{5}) == 102);
    CHECK(hits_within(std::chrono::microseconds{0}) == 0);
}

TEST_CASE("rules: a test that was given up counts as unknown, and is not tried again")
{
    std::string lines;
    for (int i = 0; i < 20; ++i)
        lines += std::string(1500, 'a') + "cb\r\n\r\n";
    auto book = book_of("body __SLOW /(?:a+)+(?:a+)+(?:a+)+b/\nmeta NOT_SLOW !__SLOW\n"
                        "body __THERE /cb/\nmeta __OPEN __SLOW && __THERE\n"
                        "meta NOT_OPEN !__OPEN\nmeta DECIDED __OPEN || __THERE\n");
    const RuleSet set{book, {.has_all_tests = true, .has_prefilter = false}};
    const auto mail = mail::Message::from_text("Subject: x\r\n\r\n" + lines);
    const auto content = filters::content::analyse(mail, {});
    const MessageView view{mail, content};
    filters::PatternBudget budget{std::chrono::seconds{20}};
    Costs costs(set.tests().size());
    const auto result = set.run(view, budget, costs);
    CHECK(result.gave_up.size() == 1);
    for (std::size_t i = 0; i < set.tests().size(); ++i) {
        INFO(set.tests()[i].name);
        const auto& name = set.tests()[i].name;
        CHECK((result.values[i] != 0) == (name == "__THERE" || name == "DECIDED"));
    }
    CHECK(costs[result.gave_up.front()].gave_up == 1);
}
