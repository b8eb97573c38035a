// SPDX-License-Identifier: Apache-2.0
#include "filters/reputation.hpp"
#include "tests/unit/filters/ledger_world.hpp"

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;

namespace {
void learn(LedgerWorld& world, const std::string& key, Lesson lesson, int times)
{
    for (int i = 0; i < times; ++i)
        Reputation{world.ledgers->reputation}.learn(std::vector{key}, lesson, 1,
                                                    world.mail.received_at);
}
}

TEST_CASE("a bad past of the address is a fact, and it fades")
{
    LedgerWorld world{"reputation"};
    CHECK(world.sender().empty());
    learn(world, "ip 192.0.2.1", Lesson::bad, 20);
    const auto found = world.sender();
    REQUIRE(names(found) == Names{"reputation.bad"});
    CHECK(found[0].detail == "192.0.2.1");
    CHECK(found[0].weight == Approx(0.8));
    CHECK(found[0].evidence == "0 good, 20 bad");
    world.advance(24h * 7);
    CHECK(world.sender()[0].weight == Approx(10.0 / 15));
    world.advance(24h * 14);
    CHECK(world.sender().empty());
}

TEST_CASE("few messages say nothing")
{
    LedgerWorld world{"reputation"};
    learn(world, "ip 192.0.2.1", Lesson::bad, 4);
    CHECK(world.sender().empty());
    learn(world, "ip 192.0.2.1", Lesson::bad, 1);
    CHECK(has(world.sender(), "reputation.bad"));
}

TEST_CASE("the network speaks where the address is unknown")
{
    LedgerWorld world{"reputation"};
    learn(world, "net 192.0.2.0/24", Lesson::bad, 20);
    REQUIRE(has(world.sender(), "reputation.bad"));
    CHECK(world.sender()[0].detail == "192.0.2.0/24");
    learn(world, "ip 192.0.2.1", Lesson::good, 20);
    CHECK(names(world.sender()) == Names{"reputation.good"});
}

TEST_CASE("a domain counts only where DKIM vouches for it")
{
    LedgerWorld world{"reputation"};
    learn(world, "domain a.example", Lesson::good, 20);
    world.mail.findings = {{.name = "dkim.fail", .detail = "a.example"}};
    CHECK(world.message().empty());
    world.mail.findings = {{.name = "dkim.pass", .detail = "a.example"}};
    CHECK(names(world.message()) == Names{"reputation.good"});
}

TEST_CASE("nobody's own mail has a reputation here")
{
    LedgerWorld world{"reputation"};
    learn(world, "ip 192.0.2.1", Lesson::bad, 20);
    SECTION("inside") { world.mail.client.is_inside = true; }
    SECTION("forwarded") { world.mail.client.is_trusted_forwarder = true; }
    SECTION("outbound") { world.mail.direction = mail::Direction::outbound; }
    CHECK(world.sender().empty());
}

TEST_CASE("a threshold that is none is complained of")
{
    for (const auto* text : {"threshold: 0", "threshold: 1", "threshold: -1"}) {
        LedgerWorld world{"reputation", text};
        CHECK_FALSE(world.said().empty());
    }
}
