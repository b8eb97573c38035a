// SPDX-License-Identifier: Apache-2.0
#include "filters/explanation.hpp"
#include "filters/policy_document.hpp"

#include <catch2/catch.hpp>

using namespace filters;
using mail::Action;
using mail::Step;

namespace {
const Policy& policy()
{
    static const Policy policy = parse_policy(R"(
rules:
  - { when: words.block, then: reject }
  - { when: helo.own_name, add: 4 }
  - { when: headers.no_date, add: 1 }
points: { tag: 3.5, block: 9 }
)",
                                              "p")
                                     ->standard;
    return policy;
}
std::string explained(std::initializer_list<mail::Finding> findings, const Policy& by = policy())
{
    mail::Mail mail;
    mail.findings = findings;
    const mail::Recipient recipient{.address = *mail::Mailbox::parse("bob@b.example")};
    return explain(by, mail, recipient, judge(by, mail, recipient, Moment::message));
}
bool says(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}
}

TEST_CASE("a tagged message is explained whole")
{
    CHECK(
        explained({{.name = "helo.own_name", .detail = "b.example", .evidence = "from 192.0.2.1"},
                   {.name = "headers.no_date"}})
        == "Delivered with a tag in its subject: its 5 points reach the threshold (points ≥ 3.5).\n"
           "\n"
           "Score 5 · tag from 3.5 · block from 9\n"
           "\n"
           "Facts\n"
           "      +4  helo.own_name              The client introduced itself with a name of ours: "
           "b.example\n"
           "                                     from 192.0.2.1\n"
           "      +1  headers.no_date            There is no Date field.\n"
           "\n"
           "Ladder\n"
           "    1 never overridden                   nothing\n"
           "    2 administrator's lists, spoofing    nothing\n"
           "    3 domain's lists                     nothing\n"
           "    4 user's lists                       nothing\n"
           "    5 rules                              nothing\n"
           "  > 6 points                             points ≥ 3.5 → tag\n"
           "\n"
           "Smallest change: without helo.own_name it would be delivered.\n");
}

TEST_CASE("facts that bring next to nothing are told together")
{
    const auto weighted = parse_policy("rules:\n  - { when: words.points, add: weight }\n"
                                       "  - { when: headers.no_date, add: 0 }\n",
                                       "p")
                              ->standard;
    const auto text = explained({{.name = "words.points", .detail = "large", .weight = 1.00001},
                                 {.name = "words.points", .detail = "small", .weight = 0.01},
                                 {.name = "words.points", .detail = "less", .weight = -0.03},
                                 {.name = "headers.no_date"}},
                                weighted);
    CHECK(says(text, "      +1  words.points"));
    CHECK(says(text, "large"));
    CHECK_FALSE(says(text, "small"));
    CHECK_FALSE(says(text, "less"));
    CHECK(says(text, "There is no Date field."));
    CHECK(says(text, "   -0.02  2 more, none of which brings 0.05\n"));
}

TEST_CASE("each step has its sentence and its smallest change")
{
    CHECK(explained({}).starts_with("Delivered: nothing speaks against it."));
    CHECK(says(explained({}), "Smallest change: 3.5 more points would alter it."));
    CHECK(explained({{.name = "headers.no_date"}})
              .starts_with("Delivered: its 1 points reach no threshold."));
    const auto rule = explained({{.name = "words.block", .detail = "lottery"}});
    CHECK(rule.starts_with("Refused by the policy's rule \"words.block\". The administrator's rule "
                           "\"lottery\" blocks it."));
    CHECK(says(rule, "without words.block it would be delivered."));
    const auto list = explained({{.name = "words.block"},
                                 {.name = "lists.allow_user", .detail = "a.example", .weight = 2}});
    CHECK(
        list.starts_with("Delivered by a list entry. The recipient allows the sender by the entry "
                         "a.example."));
    CHECK(says(list, "not asked"));
    CHECK(says(list, "without lists.allow_user it would be refused."));
    CHECK(explained({{.name = "headers.loop", .detail = "51"}})
              .starts_with("Refused, whatever lists and points say. The message has passed 51"));
    auto observing = policy();
    observing.mode = Mode::observe;
    CHECK(explained({{.name = "words.block"}}, observing)
              .starts_with("Delivered because the policy only observes; it would reject"));
}

TEST_CASE("a row of history is explained without the mail, and later changes of policy are said")
{
    const Decision old{Action::quarantine, Step::points, "points ≥ 4", 4,
                       *parse_findings_json(R"([{"name":"helo.own_name","points":4},)"
                                            R"({"name":"gone.fact","detail":"x"}])")};
    const auto text = explain(policy(), old);
    CHECK(text.starts_with("Held in quarantine: its 4 points reach the threshold (points ≥ 4)."));
    CHECK(says(text, "gone.fact"));
    CHECK(says(text, "The policy in force now would have it delivered with a tag in its subject"));
}

TEST_CASE("a refusal at RCPT is explained by what was known then")
{
    Decision at_rcpt{Action::defer,
                     Step::rule,
                     "greylist.wait",
                     0,
                     *parse_findings_json(R"([{"name":"greylist.wait","detail":"4 minutes"}])"),
                     false,
                     Moment::recipient};
    auto waiting = policy();
    waiting.rules
        = parse_policy("rules: [{ when: greylist.wait, then: defer }]\n", "p.yaml")->standard.rules;
    const auto text = explain(waiting, at_rcpt);
    CHECK_FALSE(says(text, "The policy in force now"));
    CHECK_FALSE(says(text, "more points"));
    at_rcpt = {Action::deliver,
               Step::none,
               "",
               0,
               *parse_findings_json(R"([{"name":"lists.pending_user","detail":"a.example"}])"),
               false,
               Moment::recipient};
    CHECK(says(explain(policy(), at_rcpt), "waits for the message to prove its sender"));
    at_rcpt.moment = Moment::message;
    CHECK_FALSE(says(explain(policy(), at_rcpt), "waits for the message"));
}

TEST_CASE("hostile details never reach the terminal as they are")
{
    const auto text
        = explained({{.name = "words.block", .detail = "\x1b[31m\r\nfake", .evidence = "\x07"}});
    CHECK(std::count(text.begin(), text.end(), '\x1b') == 0);
    CHECK(std::count(text.begin(), text.end(), '\r') == 0);
    CHECK(std::count(text.begin(), text.end(), '\x07') == 0);
}
