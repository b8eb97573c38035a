// SPDX-License-Identifier: Apache-2.0
#include "filters/reputation.hpp"

#include "tests/unit/filters/ledger_world.hpp"

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;
using mail::Action;
using mail::Step;

TEST_CASE("what a verdict teaches, and that reputation teaches nothing to itself")
{
    struct Case {
        const char* what;
        Action action;
        Step step;
        double score, own;
        const char* rule;
        Lesson lesson;
    };
    const auto c = GENERATE(
        Case{"clean", Action::deliver, Step::none, 0.5, 0, "", Lesson::good},
        Case{"doubtful", Action::deliver, Step::none, 2, 0, "", Lesson::none},
        Case{"tagged", Action::tag, Step::points, 4, 0, "points", Lesson::none},
        Case{"spam", Action::reject, Step::points, 10, 0, "points", Lesson::bad},
        Case{"spam, not only by its past", Action::reject, Step::points, 12, 3, "points",
             Lesson::bad},
        Case{"spam by its past", Action::reject, Step::points, 10, 3, "points", Lesson::none},
        Case{"clean but for its past", Action::deliver, Step::none, 3, 3, "", Lesson::good},
        Case{"clean by its past", Action::deliver, Step::none, 1, -2, "", Lesson::none},
        Case{"refused by a rule", Action::reject, Step::rule, 0, 0, "words.block", Lesson::bad},
        Case{"refused by a rule on its past", Action::reject, Step::rule, 0, 0, "reputation.bad",
             Lesson::none},
        Case{"put off", Action::defer, Step::rule, 0, 0, "rate.exceeded", Lesson::none},
        Case{"a user's block", Action::reject, Step::user_list, 0, 0, "lists", Lesson::none},
        Case{"a user's allow", Action::deliver, Step::user_list, 10, 0, "lists", Lesson::none},
        Case{"the administrator's allow", Action::deliver, Step::forced_list, 10, 0, "lists",
             Lesson::none},
        Case{"only observed", Action::deliver, Step::points, 10, 0, "observe: would reject",
             Lesson::bad},
        Case{"a rule's refusal, only observed", Action::deliver, Step::rule, 0, 0,
             "observe: would reject (dnsbl.listed)", Lesson::bad},
        Case{"a rule's deferral, only observed", Action::deliver, Step::rule, 0, 0,
             "observe: would defer (rate.exceeded)", Lesson::none});
    INFO(c.what);
    Policy policy;
    policy.tag = 3.5;
    policy.block = 9;
    Judgement judgement;
    judgement.verdict.action = c.action;
    judgement.verdict.step = c.step;
    judgement.verdict.score = c.score;
    judgement.verdict.rule = c.rule;
    judgement.points = {{"reputation.bad", "", c.own}};
    const std::array policies{static_cast<const Policy*>(&policy)};
    CHECK(lesson_of(policies, std::span{&judgement, 1}) == c.lesson);
}

TEST_CASE("a refusal at RCPT teaches where it is the sender's and for good")
{
    const auto [action, step, rule, lesson] = GENERATE(table<Action, Step, const char*, Lesson>({
        {Action::reject, Step::rule, "dnsbl.listed", Lesson::bad},
        {Action::reject, Step::spoofing, "spoof.own_domain", Lesson::bad},
        {Action::reject, Step::rule, "reputation.bad", Lesson::none},
        {Action::reject, Step::overriding, "recipients.unknown", Lesson::none},
        {Action::reject, Step::user_list, "lists.block_user", Lesson::none},
        {Action::defer, Step::rule, "greylist.wait", Lesson::none},
    }));
    INFO(rule);
    CHECK(lesson_of_refusal({.action = action, .step = step, .rule = rule}) == lesson);
}

TEST_CASE("one recipient's spam is everybody's")
{
    Policy policy;
    policy.block = 9;
    std::vector<Judgement> judgements(2);
    judgements[1].verdict.score = 10;
    const std::vector<const Policy*> policies(2, &policy);
    CHECK(lesson_of(policies, judgements) == Lesson::bad);
    judgements[1].verdict.score = 0;
    CHECK(lesson_of(policies, judgements) == Lesson::good);
    CHECK(lesson_of({}, {}) == Lesson::none);
}

TEST_CASE("what is meant by a word")
{
    CHECK(reputation_keys("192.0.2.7") == Names{"ip 192.0.2.7", "net 192.0.2.0/24"});
    CHECK(reputation_keys("2001:db8::1") == Names{"ip 2001:db8::1", "net 2001:db8::/48"});
    CHECK(reputation_keys("192.0.2.0/24") == Names{"net 192.0.2.0/24"});
    CHECK(reputation_keys("Example.JP") == Names{"domain example.jp"});
    CHECK(reputation_keys("a b").empty());
    CHECK(reputation_keys("1.2.3.4/99").empty());
}

TEST_CASE("counts stay below two hundred")
{
    LedgerWorld world;
    Reputation reputation{world.ledgers->reputation};
    const std::vector<std::string> keys{"ip 192.0.2.1"};
    for (int i = 0; i < 1000; ++i)
        reputation.learn(keys, Lesson::bad, 1, world.mail.received_at);
    CHECK(reputation.standing("ip 192.0.2.1", world.mail.received_at)->bad == 200);
    CHECK(reputation.standing("ip 192.0.2.1", world.mail.received_at)->score() > -1);
    CHECK_FALSE(reputation.standing("ip 192.0.2.2", world.mail.received_at));
}
