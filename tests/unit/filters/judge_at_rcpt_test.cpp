// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"

#include <catch2/catch.hpp>

using namespace filters;
using mail::Action;

namespace {
const std::string document = R"(
rules:
  - { when: helo.own_name, add: 2 }
  - { when: greylist.wait, points: 2, then: defer }
  - { when: rate.exceeded, then: defer }
  - { when: dnsbl.listed, then: reject }
points: { block: 90 }
)";

using Facts = std::vector<std::string_view>;

Action judged(const Facts& shared, const Facts& own, Moment moment)
{
    static const auto policy = parse_policy(document, "policy.yaml").value().standard;
    mail::Mail mail;
    mail::Recipient recipient{.address = *mail::Mailbox::parse("bob@b.example")};
    for (const auto name : shared)
        mail.findings.push_back({.name = name});
    for (const auto name : own)
        recipient.findings.push_back({.name = name, .detail = "4 minutes", .weight = 1});
    return judge(policy, mail, recipient, moment).verdict.action;
}
}

TEST_CASE("a rule with points acts only on whom there is doubt about")
{
    CHECK(judged({}, {"greylist.wait"}, Moment::recipient) == Action::deliver);
    CHECK(judged({"helo.own_name"}, {"greylist.wait"}, Moment::recipient) == Action::defer);
    const auto set = parse_policy(document, "policy.yaml");
    CHECK(set->standard.rules[1].text == "greylist.wait from 2 points");
}

TEST_CASE("after the dot only what concerns the whole mail defers")
{
    CHECK(judged({"helo.own_name"}, {"greylist.wait"}, Moment::message) == Action::deliver);
    CHECK(judged({"rate.exceeded"}, {}, Moment::message) == Action::defer);
}

TEST_CASE("while an allow entry may still be proven, what it would undo is not said at RCPT")
{
    CHECK(judged({"dnsbl.listed"}, {}, Moment::recipient) == Action::reject);
    CHECK(judged({"dnsbl.listed"}, {"lists.pending"}, Moment::recipient) == Action::deliver);
    CHECK(judged({"dnsbl.listed"}, {"lists.pending"}, Moment::message) == Action::reject);
    CHECK(judged({}, {"lists.pending", "lists.block_user"}, Moment::recipient) == Action::reject);
    CHECK(judged({}, {"lists.pending", "recipients.unknown"}, Moment::recipient) == Action::reject);
}

TEST_CASE("points of a rule are a number, beside an action")
{
    for (const auto* rule : {"{ when: greylist.wait, points: many, then: defer }",
                             "{ when: greylist.wait, points: 2, add: 1 }",
                             "{ when: greylist.wait, points: [2], then: defer }"})
        CHECK_FALSE(parse_policy("rules: [" + std::string{rule} + "]\n", "policy.yaml"));
}
