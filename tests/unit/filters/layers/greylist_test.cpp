// SPDX-License-Identifier: Apache-2.0
#include "filters/reputation.hpp"
#include "tests/unit/filters/ledger_world.hpp"

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;

TEST_CASE("a stranger waits until he comes again after the pause, then he is known")
{
    LedgerWorld world{"greylist"};
    const auto first = world.at_rcpt();
    REQUIRE(names(first) == Names{"greylist.wait"});
    CHECK(first[0].detail == "4 minutes");
    CHECK(all_declared(first, "greylist"));
    world.advance(3min);
    const auto early = world.at_rcpt();
    REQUIRE(names(early) == Names{"greylist.wait"});
    CHECK(early[0].detail == "1 minute");
    world.advance(61s);
    CHECK(names(world.at_rcpt()) == Names{"greylist.passed"});
    CHECK(world.at_rcpt().empty());
    CHECK(world.at_rcpt("carol@b.example").empty());
}

TEST_CASE("another of his network is known too, another network and another sender are not")
{
    const auto [first, second, is_known] = GENERATE(table<std::string, std::string, bool>({
        {"192.0.2.1", "192.0.2.200", true},
        {"192.0.2.1", "192.0.3.1", false},
        {"2001:db8::1", "2001:db8::ffff:1", true},
        {"2001:db8::1", "2001:db8:0:1::1", false},
    }));
    LedgerWorld world{"greylist"};
    world.mail.client.ip = ip(first);
    world.at_rcpt();
    world.advance(5min);
    REQUIRE(has(world.at_rcpt(), "greylist.passed"));
    world.mail.client.ip = ip(second);
    CHECK(world.at_rcpt().empty() == is_known);
}

TEST_CASE("each sender and recipient of a stranger waits for itself")
{
    LedgerWorld world{"greylist"};
    world.at_rcpt();
    world.advance(5min);
    CHECK(has(world.at_rcpt("carol@b.example"), "greylist.wait"));
    world.mail.sender = mailbox("eve@a.example");
    CHECK(has(world.at_rcpt(), "greylist.wait"));
    world.mail.sender.reset();
    CHECK(has(world.at_rcpt(), "greylist.wait"));
}

TEST_CASE("who has long addresses waits no longer than others")
{
    LedgerWorld world{"greylist"};
    const std::string domain = "." + std::string(60, 'd') + "." + std::string(60, 'e') + ".example";
    const auto long_domain = std::string(60, 'c') + domain;
    world.mail.sender = mailbox(std::string(60, 'a') + "@" + long_domain);
    world.mail.findings = {{.name = "spf.pass", .detail = long_domain}};
    const auto recipient = std::string(50, 'b') + "@" + long_domain;
    REQUIRE(names(world.at_rcpt(recipient)) == Names{"greylist.wait"});
    CHECK(names(world.at_rcpt("x" + recipient)) == Names{"greylist.wait"});
    world.advance(5min);
    CHECK(names(world.at_rcpt(recipient)) == Names{"greylist.passed"});
}

TEST_CASE("a clock that was set back makes nobody wait longer")
{
    LedgerWorld world{"greylist"};
    world.mail.received_at += 48h;
    world.at_rcpt();
    world.mail.received_at -= 48h;
    REQUIRE(world.at_rcpt()[0].detail == "4 minutes");
    world.mail.received_at += 4min;
    CHECK(names(world.at_rcpt()) == Names{"greylist.passed"});
}

TEST_CASE("a domain that SPF vouches for may come again from elsewhere")
{
    LedgerWorld world{"greylist"};
    world.mail.findings = {{.name = "spf.pass", .detail = "a.example"}};
    world.at_rcpt();
    world.advance(5min);
    world.mail.client.ip = ip("198.51.100.1");
    CHECK(has(world.at_rcpt(), "greylist.passed"));
    world.mail.findings = {{.name = "spf.pass", .detail = "other.example"}};
    CHECK(has(world.at_rcpt(), "greylist.wait"));
}

TEST_CASE("who comes too late is new again, and who stays away is forgotten")
{
    LedgerWorld world{"greylist"};
    world.at_rcpt();
    world.advance(13h);
    CHECK(has(world.at_rcpt(), "greylist.wait"));
    world.advance(5min);
    CHECK(has(world.at_rcpt(), "greylist.passed"));
    for (int week = 0; week < 8; ++week) {
        world.advance(24h * 7);
        CHECK(world.at_rcpt().empty());
    }
    world.advance(24h * 37);
    CHECK(has(world.at_rcpt(), "greylist.wait"));
}

TEST_CASE("it outlasts a restart")
{
    LedgerWorld world{"greylist"};
    world.at_rcpt();
    world.restart();
    world.advance(5min);
    CHECK(has(world.at_rcpt(), "greylist.passed"));
    world.restart();
    CHECK(world.at_rcpt().empty());
}

TEST_CASE("who is beyond doubt never waits")
{
    LedgerWorld world{"greylist"};
    auto to_bob = world.recipient();
    SECTION("inside") { world.mail.client.is_inside = true; }
    SECTION("a listed forwarder") { world.mail.client.is_trusted_forwarder = true; }
    SECTION("outbound mail") { world.mail.direction = mail::Direction::outbound; }
    SECTION("on a DNS allow list") { world.mail.findings = {{.name = "dnsbl.allowed"}}; }
    SECTION("allowed by a list") { to_bob.findings = {{.name = "lists.allow_user"}}; }
    SECTION("of good reputation")
    {
        const std::vector<std::string> keys{"ip 192.0.2.1"};
        for (int i = 0; i < 6; ++i)
            Reputation{world.ledgers->reputation}.learn(keys, Lesson::good, 1,
                                                        world.mail.received_at);
    }
    CHECK(std::get<Findings>(world.layer->inspect_recipient(world.mail, to_bob)).empty());
}

TEST_CASE("wrong times are complained of")
{
    for (const auto* text : {"delay: 2 h", "return_within: 1 min", "return_within: 30 days"}) {
        LedgerWorld world{"greylist", text};
        CHECK_FALSE(world.said().empty());
    }
}
