// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/trial.hpp"

#include "filters/scan/head_trial.hpp"
#include "filters/scan/scan.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace {
using filters::TrialRules;

constexpr const char* tests = "body LUCK /lottery winner/\n"
                              "score LUCK 2.5\n"
                              "header FOOD Subject =~ /lunch/i\n"
                              "header FRIEND From:addr =~ /^ann@/\n"
                              "header CODED Subject:raw =~ /=\\?utf-8/i\n"
                              "meta BOTH LUCK && FOOD\n"
                              "no rule at all\n";
constexpr const char* words
    = "- { name: luck, where: body, text: lottery, points: 2 }\n"
      "- { where: subject, pattern: 'l[uo]nch', then: tag }\n"
      "- { name: mailer, where: header X-Mailer, text: bulk, then: block }\n";
const std::string both
    = "From: Ann <ann@a.test>\r\nSubject: Lunch\r\nX-Mailer: Bulk 2\r\n\r\nDear lottery winner\r\n";

std::vector<std::string> hits_of(const filters::Scanned& scanned)
{
    std::vector<std::string> names;
    for (const auto& finding : scanned.findings)
        names.push_back(finding.detail);
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> hits(TrialRules::Kind kind, std::string text, const std::string& message)
{
    return hits_of(
        filters::examine_trial(mail::Message::from_text(message), {kind, std::move(text)}));
}
using Names = std::vector<std::string>;
}

TEST_CASE("tests on trial: what runs, what is wrong, and what history can say of them")
{
    const auto book = filters::read_trial({TrialRules::Kind::spamassassin, tests});
    REQUIRE(book.complaints.size() == 1);
    CHECK(book.complaints[0].line == 7);
    Names of_head;
    for (const auto& test : book.tests)
        if (test.is_of_head)
            of_head.push_back(test.name);
    std::ranges::sort(of_head);
    CHECK(book.tests.size() == 5);
    CHECK(of_head == Names{"FOOD", "FRIEND"});
    CHECK(filters::read_trial({TrialRules::Kind::spamassassin, ""}).tests.empty());
}

TEST_CASE("rules of words on trial complain where the layer would")
{
    const auto book = filters::read_trial({TrialRules::Kind::words, words});
    CHECK(book.complaints.empty());
    REQUIRE(book.tests.size() == 3);
    CHECK(book.tests[0].score == 2);
    CHECK_FALSE(book.tests[0].is_of_head);
    CHECK(book.tests[1].name == "l[uo]nch");
    for (const std::string wrong :
         {"- { where: bodi, text: a, points: 1 }", "- { where: body, pattern: '(', points: 1 }",
          "- { where: body, text: a }", "lottery", "- [", "- { where: body, txt: a, then: tag }",
          "rules: [{ where: subject, text: a, then: vanish }]"}) {
        INFO(wrong);
        const auto bad = filters::read_trial({TrialRules::Kind::words, wrong});
        CHECK_FALSE(bad.complaints.empty());
        CHECK(bad.tests.empty());
    }
    CHECK(filters::read_trial(
              {TrialRules::Kind::words, "rules: [{ where: subject, text: a, then: tag }]"})
              .tests.size()
          == 1);
}

TEST_CASE("rules on trial hit as they would in force, and each says what it costs")
{
    CHECK(hits(TrialRules::Kind::spamassassin, tests, both)
          == Names{"BOTH", "FOOD", "FRIEND", "LUCK"});
    CHECK(hits(TrialRules::Kind::spamassassin, tests, "Subject: Dinner\r\n\r\nhello\r\n").empty());
    CHECK(hits(TrialRules::Kind::words, words, "Subject: x\r\n\r\nhello\r\n").empty());
    const auto scanned
        = filters::examine_trial(mail::Message::from_text(both), {TrialRules::Kind::words, words});
    CHECK(hits_of(scanned) == Names{"l[uo]nch", "luck", "mailer"});
    CHECK(scanned.costs.size() == 3);
    CHECK(scanned.content.files.empty());
}

TEST_CASE("of history's head alone only what the head decides hits")
{
    const filters::HeadTrial of_tests{{TrialRules::Kind::spamassassin, tests}};
    CHECK(of_tests.hits("Ann <ann@a.test>", "Lunch\r\nX: lottery winner", "<1@a>")
          == Names{"FOOD", "FRIEND"});
    CHECK(of_tests.hits("", "", "").empty());
    const filters::HeadTrial of_words{{TrialRules::Kind::words,
                                       "- { name: a, where: subject, text: 昼食, then: tag }\n"
                                       "- { name: b, where: raw, text: 昼食, then: tag }\n"}};
    CHECK(of_words.hits("x", "今日の昼食", "") == Names{"a"});
    CHECK(filters::HeadTrial{{TrialRules::Kind::words, "- ["}}.is_empty());
    CHECK(filters::HeadTrial{{TrialRules::Kind::spamassassin, "body A /a/\n"}}.is_empty());
}

TEST_CASE("a rule on trial that costs too much is given up")
{
    const std::string slow = "body SLOW /(?:a+)+(?:a+)+(?:a+)+b/\n";
    const auto scanned = filters::examine_trial(
        mail::Message::from_text("Subject: x\r\n\r\n" + std::string(900, 'a') + "cb\r\n"),
        {TrialRules::Kind::spamassassin, slow});
    REQUIRE(scanned.findings.size() == 1);
    CHECK(scanned.findings[0].name == "rules.gave_up");
    CHECK(scanned.findings[0].detail == "SLOW");
}
