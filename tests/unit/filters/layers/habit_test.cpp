// SPDX-License-Identifier: Apache-2.0
#include "filters/counted_mails.hpp"
#include "filters/habit_table.hpp"
#include "gateway/mail/account.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
/// Outgoing mail of an account that no other test knows.
struct Outgoing : World {
    explicit Outgoing(std::string_view who, std::string_view settings = {})
        : World{"habit", settings}
    {
        mail.direction = mail::Direction::outbound;
        mail.sender = mailbox(std::string{who} + "@b.example");
        mail.findings.push_back({.name = "auth.account", .detail = std::string{who}});
    }
    Names sends_to(std::size_t outside)
    {
        mail.recipients.clear();
        mail.recipients.push_back(recipient("bob@b.example"));
        for (std::size_t i = 0; i < outside; ++i)
            mail.recipients.push_back(recipient(std::to_string(i) + "@far.example"));
        const auto found = message();
        CHECK(all_declared(found, "habit"));
        return names(found);
    }
};
}

TEST_CASE("habit: an account that sends far too much is slowed down, held and locked")
{
    Outgoing slow{"habit-slow", "in_10_minutes: 10"};
    CHECK(slow.sends_to(9).empty());
    CHECK(slow.sends_to(1).empty());
    CHECK(slow.sends_to(1) == Names{"habit.slow"});
    Outgoing hold{"habit-hold", "in_10_minutes: 10"};
    CHECK(hold.sends_to(16) == Names{"habit.hold"});
    Outgoing lock{"habit-lock", "in_10_minutes: 10"};
    CHECK(lock.sends_to(60) == Names{"habit.lock"});
    CHECK(lock.sends_to(1) == Names{"habit.lock"});
    CHECK(names(lock.sender()) == Names{"habit.lock"});
    CHECK(lock.message().front().detail == "habit-lock");
}

TEST_CASE("habit: recipients in Cc and Bcc are limited by the hour, those of lists are not")
{
    constexpr std::string_view settings = "copied_in_hour: 6\nhidden_in_hour: 4";
    const auto hides = [](Outgoing& out) {
        out.receives("To: 0@far.example\r\nCc: 1@far.example, 2@far.example\r\n\r\nx\r\n");
        return out.sends_to(4); // one named, two copied, one hidden
    };
    Outgoing out{"habit-copies", settings};
    CHECK(hides(out).empty());
    CHECK(hides(out).empty());
    CHECK(hides(out).empty()); // the first beyond goes
    CHECK(hides(out) == Names{"habit.slow"});
    CHECK(out.message().front().evidence == "copied: 8 where 6 is the limit");
    Outgoing hidden{"habit-hidden", "hidden_in_hour: 4"};
    hidden.receives("To: 0@far.example\r\n\r\nx\r\n");
    CHECK(hidden.sends_to(8) == Names{"habit.hold"});
    CHECK(hidden.message().front().evidence.starts_with("hidden: "));
    Outgoing list{"habit-copies-list", settings};
    list.mail.findings.push_back({.name = "rosters.list", .detail = "copies@b.example"});
    CHECK(list.sends_to(50).empty());
    Outgoing off{"habit-copies-off", "copied_in_hour: 0\nhidden_in_hour: 0"};
    CHECK(off.sends_to(50).empty());
    Outgoing fresh{"habit-copies-fresh", settings};
    fresh.services.installed_at = fresh.env.wall_now() - std::chrono::hours{24};
    CHECK(fresh.sends_to(50) == Names{"habit.would"});
}

TEST_CASE("habit: after the installation habits are learnt, and nobody is stopped")
{
    Outgoing fresh{"habit-fresh", "in_10_minutes: 10"};
    fresh.services.installed_at = fresh.env.wall_now() - std::chrono::hours{24};
    CHECK(fresh.sends_to(60) == Names{"habit.would"});
    CHECK(fresh.message().front().evidence.find("lock") == 0);
    fresh.services.installed_at = fresh.env.wall_now() - std::chrono::hours{8 * 24};
    CHECK(fresh.sends_to(60) == Names{"habit.lock"});
}

TEST_CASE("habit: a mail that we asked to come again is counted once")
{
    Outgoing out{"habit-again", "in_10_minutes: 10"};
    for (int i = 0; i < 5; ++i) {
        CHECK(out.sends_to(5).empty());
        CountedMails::here().settle(out.mail, false);
    }
    for (int i = 0; i < 2; ++i) { // the second is another one of the same form, at the limit
        CHECK(out.sends_to(5).empty());
        CountedMails::here().settle(out.mail, true);
    }
    CHECK(out.sends_to(1) == Names{"habit.slow"});
}

TEST_CASE("habit: what a braked account tries is not held against its domain")
{
    constexpr std::string_view settings = "in_10_minutes: 5\ndomain_in_10_minutes: 20";
    Outgoing pushy{"habit-pushy", settings}, calm{"habit-calm", settings};
    for (auto* out : {&pushy, &calm}) {
        out->own_domains.insert("one.example");
        out->mail.sender = mailbox("x@one.example");
    }
    for (int i = 0; i < 60; ++i)
        (void)pushy.sends_to(1);
    CHECK(pushy.sends_to(1) == Names{"habit.slow"});
    CHECK(calm.sends_to(4).empty());
}

TEST_CASE("habit: what leaves for senders who are not ours is counted for who brings it")
{
    Outgoing out{"habit-bounces", "domain_in_10_minutes: 20"};
    out.mail.findings.clear();
    out.mail.sender.reset();
    CHECK(out.sends_to(19).empty());
    CHECK(out.sends_to(19).empty()); // one a second goes
    CHECK(out.sends_to(19) == Names{"habit.domain"});
    CHECK(out.message().front().detail.starts_with("@["));
}

TEST_CASE("habit: mail inside, mail that comes in, and the exempt are not counted")
{
    Outgoing inside{"habit-inside", "per_message: 1"};
    CHECK(inside.sends_to(0).empty());
    Outgoing exempt{"habit-exempt", "per_message: 1\nexempt: [habit-exempt]"};
    CHECK(exempt.sends_to(500).empty());
    Outgoing inbound{"habit-inbound", "per_message: 1"};
    inbound.mail.direction = mail::Direction::inbound;
    CHECK(inbound.sends_to(500).empty());
    Outgoing nobody{"habit-nobody", "per_message: 1"};
    nobody.mail.findings.clear();
    CHECK(nobody.sends_to(500).empty());
}

TEST_CASE("habit: limits that make no sense are complained of")
{
    World zero{"habit", "in_hour: 0"};
    CHECK(zero.said().find("in_hour") != std::string::npos);
    World factor{"habit", "factor: 0.5"};
    CHECK(factor.said().find("factor") != std::string::npos);
    World dormant{"habit", "dormant_after: 1 hour"};
    CHECK(dormant.said().find("dormant_after") != std::string::npos);
}

TEST_CASE("habit: what leaves in the name of a domain is slowed down, whoever sends it")
{
    const std::string_view settings
        = "domain_in_10_minutes: 10\nin_10_minutes: 10000\nper_message: 10000";
    Outgoing first{"habit-domain-1", settings}, second{"habit-domain-2", settings};
    for (auto* world : {&first, &second}) {
        world->own_domains.insert("burst.example");
        world->mail.sender = mailbox("x@burst.example");
    }
    CHECK(first.sends_to(9).empty());
    CHECK(second.sends_to(2).empty()); // the first beyond goes
    CHECK(second.sends_to(1) == Names{"habit.domain"});
    CHECK(first.sends_to(100) == Names{"habit.domain"}); // never held or locked
    CHECK(first.message().back().detail == "@burst.example");
    Outgoing never{"habit-domain-3",
                   "domain_in_10_minutes: 0\ndomain_in_hour: 0\nin_hour: 100000\nin_day: 100000\n"
                   "in_10_minutes: 100000\nper_message: 100000\nhidden_in_hour: 0"};
    never.own_domains.insert("calm.example");
    never.mail.sender = mailbox("x@calm.example");
    CHECK(never.sends_to(5000).empty());
}

TEST_CASE("habit: a forward brakes neither whom its envelope names nor who forwards")
{
    Outgoing out{"habit-forward", "in_10_minutes: 20"};
    out.mail.findings.front().evidence = mail::account_by_envelope;
    out.mail.findings.push_back({.name = "forward.known", .detail = "bob@b.example"});
    CHECK(out.sends_to(20).empty());
    CHECK(out.sends_to(20) == Names{"habit.slow"});
    CHECK(out.message().front().detail == "bob@b.example");
    out.mail.findings.pop_back();
    CHECK(out.sends_to(1).empty()); // of the account itself
    Outgoing bob{"bob", "in_10_minutes: 20"};
    bob.mail.findings.front().detail = "bob@b.example";
    CHECK(bob.sends_to(1).empty());
    // Who signed in is known, whatever it sends.
    Outgoing eve{"habit-eve", "in_10_minutes: 20"};
    eve.mail.findings.push_back({.name = "forward.known", .detail = "bob@b.example"});
    CHECK(eve.sends_to(30) == Names{"habit.hold"});
    CHECK(eve.message().front().detail == "habit-eve");
}

TEST_CASE("habit: a list that was silent for long is slowed down when it wakes")
{
    Outgoing world{"habit-list", "after_waking: 3\nper_message: 1000"};
    world.mail.findings.push_back({.name = "rosters.list", .detail = "staff@b.example"});
    CHECK(world.sends_to(2).empty());
    world.mail.received_at += std::chrono::hours{40 * 24};
    HabitTable::here().exempt(
        "habit-list",
        std::chrono::floor<std::chrono::seconds>(world.mail.received_at + std::chrono::hours{1}));
    CHECK(world.sends_to(50).empty()); // one in a while goes
    CHECK(world.sends_to(1) == Names{"habit.list"});
    CHECK(world.message().back().detail == "staff@b.example");
    Outgoing off{"habit-list-2", "after_waking: 3\nlists: false"};
    off.mail.findings.push_back({.name = "rosters.list", .detail = "staff@b.example"});
    off.mail.received_at = world.mail.received_at;
    CHECK(off.sends_to(1).empty());
}
