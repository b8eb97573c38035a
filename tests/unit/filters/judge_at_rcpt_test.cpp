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
    for (const auto* pending :
         {"lists.pending_global", "lists.pending_domain", "lists.pending_user"}) {
        CHECK(judged({"dnsbl.listed"}, {pending}, Moment::recipient) == Action::deliver);
        CHECK(judged({"dnsbl.listed"}, {pending}, Moment::message) == Action::reject);
        CHECK(judged({}, {pending, "recipients.unknown"}, Moment::recipient) == Action::reject);
    }
}

TEST_CASE("a block waits only for an allow entry that would win over it")
{
    const auto [pending, block, action] = GENERATE(table<const char*, const char*, Action>({
        {"lists.pending_global", "lists.block_global", Action::deliver},
        {"lists.pending_global", "lists.block_domain", Action::deliver},
        {"lists.pending_global", "lists.block_user", Action::deliver},
        {"lists.pending_domain", "lists.block_global", Action::reject},
        {"lists.pending_domain", "lists.block_user", Action::deliver},
        {"lists.pending_user", "lists.block_global", Action::reject},
        {"lists.pending_user", "lists.block_domain", Action::reject},
        {"lists.pending_user", "lists.block_user", Action::deliver},
    }));
    INFO(pending << " " << block);
    CHECK(judged({}, {pending, block}, Moment::recipient) == action);
    CHECK(judged({}, {pending, block}, Moment::message) == Action::reject);
}

TEST_CASE("a more specific block does not wait")
{
    const auto policy = parse_policy(document, "policy.yaml").value().standard;
    const mail::Mail mail;
    mail::Recipient recipient{.address = *mail::Mailbox::parse("bob@b.example")};
    recipient.findings
        = {{.name = "lists.pending_user", .weight = 1}, {.name = "lists.block_user", .weight = 2}};
    CHECK(judge(policy, mail, recipient, Moment::recipient).verdict.action == Action::reject);
}

TEST_CASE("points of a rule are a number, beside an action")
{
    for (const auto* rule : {"{ when: greylist.wait, points: many, then: defer }",
                             "{ when: greylist.wait, points: 2, add: 1 }",
                             "{ when: greylist.wait, points: [2], then: defer }"})
        CHECK_FALSE(parse_policy("rules: [" + std::string{rule} + "]\n", "policy.yaml"));
}
