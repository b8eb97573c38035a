// SPDX-License-Identifier: Apache-2.0
#include "filters/habit_table.hpp"
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

TEST_CASE("habit: after the installation habits are learnt, and nobody is stopped")
{
    Outgoing fresh{"habit-fresh", "in_10_minutes: 10"};
    fresh.services.installed_at = fresh.env.wall_now() - std::chrono::hours{24};
    CHECK(fresh.sends_to(60) == Names{"habit.would"});
    CHECK(fresh.message().front().evidence.find("lock") == 0);
    fresh.services.installed_at = fresh.env.wall_now() - std::chrono::hours{8 * 24};
    CHECK(fresh.sends_to(60) == Names{"habit.lock"});
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
