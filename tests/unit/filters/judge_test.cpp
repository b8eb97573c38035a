// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"

#include <catch2/catch.hpp>

using namespace filters;
using mail::Action;
using mail::Step;

namespace {
const std::string document = R"(
rules:
  - { when: words.allow, then: allow }
  - { when: words.block, then: reject }
  - { when: words.quarantine, then: quarantine }
  - { when: rate.exceeded, then: defer }
  - { when: spoof.own_domain, then: quarantine }
  - { when: bounce.dead, then: reject }
  - { when: [helo.localhost, { not: upstream.spam }], then: reject }
  - { when: words.points, add: weight*2 }
  - { when: helo.own_name, add: 4 }
  - { when: headers.no_date, add: 3.5 }
points: { tag: 3.5, quarantine: 6, block: 9 }
)";

Policy policy_of(const std::string& text)
{
    auto set = parse_policy(text, "policy.yaml");
    if (!set)
        FAIL(to_string(set.error()));
    return set->standard;
}
const Policy& standard()
{
    static const Policy policy = policy_of(document);
    return policy;
}

struct Case {
    mail::Mail mail = {};
    mail::Recipient recipient{.address = *mail::Mailbox::parse("bob@b.example")};

    Case& finds(std::string_view name, std::string detail = {}, std::optional<double> weight = {})
    {
        mail.findings.push_back({.name = name, .detail = std::move(detail), .weight = weight});
        return *this;
    }
    Case& finds_own(std::string_view name, std::string detail = {}, double weight = 1)
    {
        recipient.findings.push_back({.name = name, .detail = std::move(detail), .weight = weight});
        return *this;
    }
    mail::Verdict judged(Moment moment = Moment::message, const Policy& policy = standard())
    {
        return judge(policy, mail, recipient, moment).verdict;
    }
};
}

TEST_CASE("a score has two places, and a threshold is reached by the score that people read")
{
    const auto policy = policy_of("rules:\n  - { when: words.points, add: weight }\n"
                                  "points: { tag: 0.3 }\n");
    CHECK(Case{}
              .finds("words.points", "a", 0.1)
              .finds("words.points", "b", 0.2)
              .judged(Moment::message, policy)
              .score
          == 0.3);
    const auto nearly = Case{}.finds("words.points", "a", 0.2951).judged(Moment::message, policy);
    CHECK(nearly.score == 0.3);
    CHECK(nearly.action == Action::tag);
    CHECK(Case{}.finds("words.points", "a", 0.2949).judged(Moment::message, policy).action
          == Action::deliver);
}

TEST_CASE("nothing found, nothing done")
{
    const auto verdict = Case{}.judged();
    CHECK(verdict.action == Action::deliver);
    CHECK(verdict.step == Step::none);
    CHECK(verdict.score == 0);
}

namespace {
struct Row {
    const char* what;
    std::vector<std::string_view> shared, own;
    Action action;
    Step step;
    std::string rule;
};
const std::vector<Row> ladder{
    {"overriding beats a global allow",
     {"headers.loop"},
     {"lists.allow_global"},
     Action::reject,
     Step::overriding,
     "headers.loop"},
    {"global allow beats a domain block",
     {"words.block"},
     {"lists.allow_global", "lists.block_domain"},
     Action::deliver,
     Step::forced_list,
     "lists.allow_global entry"},
    {"global block beats a user allow",
     {},
     {"lists.block_global", "lists.allow_user"},
     Action::reject,
     Step::forced_list,
     "lists.block_global entry"},
    {"global allow beats spoofing",
     {"spoof.own_domain"},
     {"lists.allow_global"},
     Action::deliver,
     Step::forced_list,
     "lists.allow_global entry"},
    {"spoofing beats a domain's and a user's allow, and rules above it",
     {"spoof.own_domain", "words.allow"},
     {"lists.allow_domain", "lists.allow_user"},
     Action::quarantine,
     Step::spoofing,
     "spoof.own_domain"},
    {"what is told of one recipient's address counts like it",
     {"words.allow"},
     {"bounce.dead", "lists.allow_user"},
     Action::reject,
     Step::spoofing,
     "bounce.dead"},
    {"domain block beats a user allow",
     {},
     {"lists.block_domain", "lists.allow_user"},
     Action::reject,
     Step::domain_list,
     "lists.block_domain entry"},
    {"user allow beats a rule",
     {"words.block"},
     {"lists.allow_user"},
     Action::deliver,
     Step::user_list,
     "lists.allow_user entry"},
    {"user block beats an allowing rule",
     {"words.allow"},
     {"lists.block_user"},
     Action::reject,
     Step::user_list,
     "lists.block_user entry"},
    {"the first rule that acts wins",
     {"words.block", "words.allow"},
     {},
     Action::deliver,
     Step::rule,
     "words.allow"},
    {"a rule beats the points",
     {"words.quarantine", "helo.own_name", "headers.no_date"},
     {},
     Action::quarantine,
     Step::rule,
     "words.quarantine"},
    {"points tag", {"headers.no_date"}, {}, Action::tag, Step::points, "points ≥ 3.5"},
    {"points hold",
     {"headers.no_date", "helo.own_name"},
     {},
     Action::quarantine,
     Step::points,
     "points ≥ 6"},
};
}

TEST_CASE("each step of the ladder acts and hides what stands below it")
{
    for (const auto& row : ladder) {
        INFO(row.what);
        Case one;
        for (const auto name : row.shared)
            one.finds(name, "entry");
        for (const auto name : row.own)
            one.finds_own(name, "entry");
        const auto verdict = one.judged();
        CHECK(verdict.action == row.action);
        CHECK(verdict.step == row.step);
        CHECK(verdict.rule == row.rule);
    }
}

TEST_CASE("in one scope the more specific entry wins and a tie allows")
{
    struct Row {
        double allow, block;
        Action action;
    };
    for (const auto& [allow, block, action] :
         {Row{1000, 2, Action::deliver}, Row{2, 1000, Action::reject},
          Row{2, 2, Action::deliver}}) {
        Case one;
        one.finds_own("lists.allow_user", "a", allow).finds_own("lists.block_user", "b", block);
        CHECK(one.judged().action == action);
    }
}

TEST_CASE("points add up, weights are multiplied, every finding of a weighted rule counts")
{
    Case one;
    one.finds("words.points", "first", 2).finds("words.points", "second", 1.25);
    one.finds("helo.own_name");
    const auto judgement = judge(standard(), one.mail, one.recipient, Moment::message);
    CHECK(judgement.verdict.score == Approx(10.5));
    CHECK(judgement.verdict.action == Action::reject);
    CHECK(judgement.verdict.rule == "points ≥ 9");
    REQUIRE(judgement.points.size() == 3);
    CHECK(judgement.points[0].points == 4);
    CHECK(judgement.points[1].points == 2.5);
    CHECK(judgement.points[2].finding == "helo.own_name");
}

TEST_CASE("exactly on a threshold counts, just below does not")
{
    const auto policy
        = policy_of("rules: [{ when: words.points, add: weight }]\npoints: { tag: 3 }\n");
    CHECK(Case{}.finds("words.points", "", 3).judged(Moment::message, policy).action
          == Action::tag);
    CHECK(Case{}.finds("words.points", "", 2.994).judged(Moment::message, policy).action
          == Action::deliver);
}

TEST_CASE("a refusal says in one sentence why, and gives no rule away")
{
    Case unknown;
    unknown.finds_own("recipients.unknown");
    CHECK(unknown.judged(Moment::recipient).enhanced == "5.1.1");
    CHECK(unknown.judged(Moment::recipient).public_text == "no such mailbox here");
    CHECK(Case{}.finds("headers.loop", "51").judged().enhanced == "5.4.6");
    CHECK(Case{}.finds("headers.loop", "51").judged().public_text.find("51") != std::string::npos);
    const auto by_words = Case{}.finds("words.block", "secret rule").judged();
    CHECK(by_words.enhanced == "5.7.1");
    CHECK(by_words.public_text.find("secret") == std::string::npos);
    CHECK_FALSE(by_words.public_text.empty());
    Case refused;
    refused.finds_own("recipients.refused", "2.2");
    CHECK(refused.judged(Moment::recipient).action == Action::reject);
    CHECK(refused.judged(Moment::recipient).enhanced == "5.2.2");
    Case unavailable;
    unavailable.finds_own("recipients.unavailable");
    CHECK(unavailable.judged(Moment::recipient).action == Action::defer);
    CHECK(unavailable.judged(Moment::recipient).enhanced == "4.4.3");
}

TEST_CASE("at RCPT only lists, verification and explicit reject or defer speak")
{
    CHECK(Case{}.finds("words.block").judged(Moment::recipient).action == Action::reject);
    CHECK(Case{}.finds("rate.exceeded").judged(Moment::recipient).action == Action::defer);
    CHECK(Case{}.finds_own("lists.block_user").judged(Moment::recipient).action == Action::reject);
    CHECK(Case{}.finds_own("recipients.unknown").judged(Moment::recipient).action
          == Action::reject);
    Case many_points;
    many_points.finds("headers.no_date").finds("helo.own_name").finds("words.points", "", 9);
    CHECK(many_points.judged(Moment::recipient).action == Action::deliver);
    CHECK(many_points.judged().action == Action::reject);
    CHECK(Case{}.finds("words.quarantine").judged(Moment::recipient).action == Action::deliver);
    Case allowed;
    allowed.finds("words.block").finds_own("lists.allow_domain");
    CHECK(allowed.judged(Moment::recipient).action == Action::deliver);
}

TEST_CASE("a rule that asks for an absence waits until after the dot")
{
    CHECK(Case{}.finds("helo.localhost").judged(Moment::recipient).action == Action::deliver);
    CHECK(Case{}.finds("helo.localhost").judged().action == Action::reject);
    CHECK(Case{}.finds("helo.localhost").finds("upstream.spam").judged().action == Action::deliver);
}

TEST_CASE("observing explains and never acts, except for what cannot be taken at all")
{
    auto policy = standard();
    policy.mode = Mode::observe;
    const auto verdict = Case{}.finds("words.block").judged(Moment::message, policy);
    CHECK(verdict.action == Action::deliver);
    CHECK(verdict.rule == "observe: would reject (words.block)");
    CHECK(verdict.public_text.empty());
    CHECK(Case{}.finds("words.block").judged(Moment::recipient, policy).action == Action::deliver);
    CHECK(Case{}.finds("content.unscannable").judged(Moment::message, policy).rule
          == "observe: would quarantine (content.unscannable)");
    CHECK(Case{}.finds("headers.loop").judged(Moment::message, policy).action == Action::reject);
    CHECK(Case{}.finds_own("recipients.unknown").judged(Moment::recipient, policy).action
          == Action::reject);
    CHECK(Case{}.judged(Moment::message, policy).rule.empty());
}

TEST_CASE("a rule chooses what becomes of an overriding fact, lists still cannot undo it")
{
    const auto policy = policy_of("rules: [{ when: content.unscannable, then: tag }]\n");
    Case one;
    one.finds("content.unscannable").finds_own("lists.allow_global");
    CHECK(one.judged(Moment::message, policy).action == Action::tag);
    CHECK(one.judged(Moment::message, policy).step == Step::overriding);
    CHECK(one.judged().action == Action::quarantine);
}

TEST_CASE("a listed forwarder never hears a refusal for contents")
{
    Case points, user, unknown;
    points.finds("words.block").mail.client.is_trusted_forwarder = true;
    user.finds_own("lists.block_user").mail.client.is_trusted_forwarder = true;
    unknown.finds_own("recipients.unknown").mail.client.is_trusted_forwarder = true;
    CHECK(points.judged(Moment::recipient).action == Action::deliver);
    CHECK(points.judged().action == Action::quarantine);
    CHECK(user.judged().action == Action::discard);
    CHECK(unknown.judged(Moment::recipient).action == Action::reject);
}

TEST_CASE("block: discard is silent")
{
    auto policy = standard();
    policy.block_action = Action::discard;
    const auto verdict = Case{}.finds("words.points", "", 5).judged(Moment::message, policy);
    CHECK(verdict.action == Action::discard);
    CHECK(verdict.public_text.empty());
}
