// SPDX-License-Identifier: Apache-2.0
#include "filters/spam_traps.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

TEST_CASE("traps: mail from outside to a trap is a fact of its recipient, in any case of letters")
{
    World world{"traps", "addresses: [\"Trap@b.example\", old@b.example]"};
    CHECK(world.at_rcpt("bob@b.example").empty());
    const auto found = world.at_rcpt("trap@B.example");
    REQUIRE(names(found) == Names{"traps.address"});
    CHECK(found[0].detail == "trap@b.example");
    CHECK(all_declared(found, "traps"));
    CHECK(has(world.at_rcpt("old@b.example"), "traps.address"));
    world.mail.direction = mail::Direction::outbound;
    CHECK(world.at_rcpt("trap@b.example").empty());
    CHECK(World{"traps"}.at_rcpt("trap@b.example").empty());
}

TEST_CASE("traps: what is no address is complained of")
{
    CHECK(World{"traps", "addresses: [nobody]"}.said().contains("\"nobody\" is no address"));
}

TEST_CASE("traps teach unless the sender is of good repute, proven by name")
{
    World world;
    auto trap = world.recipient("Trap@b.example");
    trap.findings.push_back({.name = trap_finding, .detail = "trap@b.example"});
    world.mail.recipients.push_back(world.recipient());
    CHECK(teaching_traps(world.mail).empty());
    world.mail.recipients.push_back(trap);
    CHECK(teaching_traps(world.mail) == Names{"trap@b.example"});
    for (const auto* weak : {"192.0.2.1", "192.0.2.0/24", "2001:db8::/48"}) {
        world.mail.findings = {{.name = "reputation.good", .detail = weak}};
        CHECK(teaching_traps(world.mail).size() == 1);
    }
    world.mail.findings = {{.name = "reputation.bad", .detail = "a.example"}};
    CHECK(teaching_traps(world.mail).size() == 1);
    world.mail.findings = {{.name = "reputation.good", .detail = "a.example"}};
    CHECK(teaching_traps(world.mail).empty());
}
