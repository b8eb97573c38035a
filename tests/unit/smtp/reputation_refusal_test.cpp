// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/reputation_refusal.hpp"

#include "filters/dead_addresses.hpp"
#include "gateway/smtp/conditions.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace {
std::string blamed(int code, std::string text)
{
    return std::string{smtp::blamed_by({code, "", std::move(text)}).value_or("")};
}
bool stands(std::string_view domain)
{
    return std::ranges::any_of(smtp::Conditions::here().standing(), [&](const auto& one) {
        return one.kind->name == "destination.refuses_us" && one.object == domain;
    });
}
}

TEST_CASE("a refusal says whether it is for our name or for something else")
{
    struct Case {
        int code;
        const char* text;
        const char* blames;
    };
    const Case cases[]{
        {554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
         "list"},
        {550, "Your IP is on our Blacklist, see https://lists.example/why", "list"},
        {421, "4.7.0 our system has detected an unusual rate of unsolicited mail", "reputation"},
        {550, "5.7.1 the sender's Reputation is too low", "reputation"},
        {550, "message looks like SPAM", "spam"},
        {550, "5.1.1 user unknown", ""},
        {452, "4.2.2 mailbox is full of spam", ""},
        {550, "5.1.1 <nospam@far.example> no such user", ""},
        {250, "ok, checked with spamhaus", ""},
        {550, "", ""},
    };
    for (const auto& one : cases) {
        INFO(one.text);
        CHECK(blamed(one.code, one.text) == one.blames);
    }
}

namespace {
const auto wall = std::chrono::system_clock::time_point{std::chrono::seconds{1'790'000'000}};

void answer(const mail::Mailbox& recipient, const mail::Reply& reply, std::chrono::hours later = {})
{
    smtp::notice_answer(recipient, *mail::Mailbox::parse("list@b.example"),
                        mail::Direction::outbound, {reply, true}, wall + later);
}
}

TEST_CASE("a destination that refuses us for our name is told of until it takes mail again")
{
    const auto recipient = *mail::Mailbox::parse("ann@reputation.example");
    answer(recipient, {550, "5.7.1", "blocked using dnsbl.example"});
    CHECK(stands("reputation.example"));
    answer(recipient, {550, "5.1.1", "user unknown"});
    CHECK(stands("reputation.example"));
    answer(recipient, {250, "2.0.0", "ok"});
    CHECK_FALSE(stands("reputation.example"));
    answer(recipient, {550, "5.7.1", "this is spam"});
    CHECK_FALSE(stands("reputation.example"));
}

TEST_CASE("a mailbox that does not exist again and again is dead, until it takes mail")
{
    using namespace std::chrono_literals;
    const auto recipient = *mail::Mailbox::parse("gone@dead.example");
    const auto now = std::chrono::floor<std::chrono::seconds>(wall + 72h);
    auto& dead = filters::DeadAddresses::here();
    for (const auto later : {0h, 24h, 72h})
        answer(recipient, {550, "5.1.1", "unknown"}, later);
    REQUIRE(dead.find(recipient.key(), now));
    CHECK(dead.find(recipient.key(), now)->sender == "list@b.example");
    answer(recipient, {250, "2.0.0", "ok"}, 72h);
    CHECK_FALSE(dead.find(recipient.key(), now));
    for (const auto later : {0h, 24h, 72h})
        answer(recipient, {550, "5.7.1", "blocked using dnsbl.example"}, later);
    CHECK_FALSE(dead.find(recipient.key(), now));
}

TEST_CASE("destinations that refuse us hide nothing else, and are told of for a day")
{
    auto& conditions = smtp::Conditions::here();
    conditions.sweep(wall + std::chrono::years{1});
    for (int i = 0; i < 300; ++i)
        answer(*mail::Mailbox::parse("x@d" + std::to_string(i) + ".example"),
               {554, "5.7.1", "your address is on a blacklist"});
    conditions.raise("disk.low");
    const auto names = [&](std::string_view name) {
        return std::ranges::count_if(conditions.standing(),
                                     [&](const auto& one) { return one.kind->name == name; });
    };
    CHECK(names("disk.low") == 1);
    CHECK(names("destination.refuses_us") == smtp::Conditions::most_of_kind);
    conditions.sweep(wall + std::chrono::hours{23});
    CHECK(names("destination.refuses_us") == smtp::Conditions::most_of_kind);
    conditions.sweep(wall + std::chrono::hours{24});
    CHECK(names("destination.refuses_us") == 0);
    CHECK(names("disk.low") == 1);
    conditions.clear("disk.low");
}

TEST_CASE("what is said of the sender or the text says nothing of the recipient")
{
    using Stage = smtp::Outcome::Stage;
    const mail::Reply no{550, "5.1.1", "no such address"}, yes{250, "2.1.5", "ok"};
    smtp::Outcome outcome;
    outcome.reply = no;
    for (const auto stage : {Stage::hello, Stage::mail, Stage::rcpt, Stage::data, Stage::dot}) {
        outcome.stage = stage;
        CHECK_FALSE(smtp::answer_for(outcome, 0).is_recipients);
    }
    outcome.recipients = {no, no}; // as the end of the data leaves them
    CHECK_FALSE(smtp::answer_for(outcome, 1).is_recipients);
    outcome.stage = Stage::rcpt;
    CHECK(smtp::answer_for(outcome, 1).is_recipients);
    outcome.recipients = {yes, no};
    CHECK_FALSE(smtp::answer_for(outcome, 0).is_recipients);
    outcome.stage = Stage::dot;
    outcome.is_delivered = true;
    outcome.reply = yes;
    CHECK(smtp::answer_for(outcome, 0).reply.is_positive());
    CHECK(smtp::answer_for(outcome, 1).is_recipients);

    using namespace std::chrono_literals;
    const auto recipient = *mail::Mailbox::parse("customer@alive.example");
    for (const auto later : {0h, 24h, 72h})
        smtp::notice_answer(recipient, *mail::Mailbox::parse("gone@b.example"),
                            mail::Direction::outbound, {no, false}, wall + later);
    CHECK_FALSE(filters::DeadAddresses::here().find(
        recipient.key(), std::chrono::floor<std::chrono::seconds>(wall + 72h)));
}
