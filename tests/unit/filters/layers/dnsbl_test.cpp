// SPDX-License-Identifier: Apache-2.0
#include "filters/dns_lists.hpp"
#include "filters/originating_client.hpp"
#include "tests/unit/filters/dns_world.hpp"

using namespace filters::test;
using namespace std::chrono_literals;
using filters::DnsLists;

namespace {
constexpr std::string_view two_lists = R"(
lists:
  - { zone: bad.example, weight: 1 }
  - { zone: good.example, codes: ["127.0.*.1 = -1", "127.0.*.2-3 = -3"] }
)";
}

TEST_CASE("an address on a list is listed, with the list's weight")
{
    DnsWorld world{"dnsbl", two_lists};
    world.zone.add("1.2.0.192.bad.example", RecordType::a, "127.0.0.2")
        .add("1.2.0.192.bad.example", RecordType::a, "127.0.0.4");
    const auto found = world.sender();
    CHECK(names(found) == Names{"dnsbl.hit", "dnsbl.listed"});
    CHECK(found[0].detail == "bad.example");
    CHECK(found[0].evidence == "192.0.2.1: 127.0.0.2, 127.0.0.4");
    CHECK(found[1].weight == 1.0);
    CHECK(all_declared(found, "dnsbl"));
    world.mail.client.ip = ip("192.0.2.2");
    CHECK(world.sender().empty());
}

TEST_CASE("IPv6 addresses are asked nibble by nibble")
{
    DnsWorld world{"dnsbl", two_lists};
    world.mail.client.ip = ip("2001:db8::1");
    world.zone.add("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bad.example",
                   RecordType::a, "127.0.0.2");
    CHECK(has(world.sender(), "dnsbl.listed"));
}

TEST_CASE("return codes choose and weigh, and allow lists weigh the other way")
{
    DnsWorld world{"dnsbl", R"(
lists:
  - { zone: bad.example, codes: ["127.0.0.2", "127.0.0.4-7 = 0.5"] }
  - { zone: good.example, codes: ["127.0.*.1 = -1"] }
)"};
    const auto answer = [&](const char* last, const char* code, const char* zone) {
        world.mail.client.ip = ip("192.0.2." + std::string{last});
        world.zone.add(std::string{last} + ".2.0.192." + zone, RecordType::a, code);
        return world.sender();
    };
    CHECK(names(answer("3", "127.0.0.3", "bad.example")).empty());
    CHECK(names(answer("4", "127.0.0.5", "bad.example")) == Names{"dnsbl.hit"});
    CHECK(names(answer("5", "127.0.0.2", "bad.example")) == Names{"dnsbl.hit", "dnsbl.listed"});
    const auto both = answer("5", "127.0.9.1", "good.example");
    CHECK(names(both) == Names{"dnsbl.hit", "dnsbl.listed"});
    world.env.advance(400s);
    const auto again = world.sender();
    CHECK(names(again) == Names{"dnsbl.hit", "dnsbl.allowed"});
    CHECK(again[1].weight == -1.0);
}

TEST_CASE("refusals never count and show in the list's state")
{
    for (const char* refusal :
         {"127.255.255.254", "127.255.255.252", "127.0.0.1", "127.0.0.99", "203.0.113.5"}) {
        CAPTURE(refusal);
        DnsWorld world{"dnsbl", R"(lists: [{ zone: bad.example, refusals: ["127.0.0.99"] }])"};
        world.zone.add("1.2.0.192.bad.example", RecordType::a, "127.0.0.2")
            .add("1.2.0.192.bad.example", RecordType::a, refusal);
        CHECK(names(world.sender()) == Names{"dnsbl.unavailable"});
        const auto reports = DnsLists::of(world.services)->reports();
        REQUIRE(reports.size() == 1);
        CHECK(reports[0].is_resting);
        CHECK(reports[0].problem == std::string{"answers "} + refusal);
        // While it rests nobody asks it; afterwards one question tries it again.
        const auto before = world.zone.asked().size();
        CHECK(names(world.sender()) == Names{"dnsbl.unavailable"});
        CHECK(world.zone.asked().size() == before);
        world.env.advance(10min);
        CHECK(names(world.sender()) == Names{"dnsbl.unavailable"});
        CHECK(world.zone.asked().size() > before);
    }
}

TEST_CASE("levels of trust of an allow list each weigh their own")
{
    DnsWorld world{"dnsbl", R"(
lists:
  - { zone: list.dnswl.org, codes: ["127.0.2-15.0 = -0.1", "127.0.2-15.1 = -1",
                                    "127.0.2-15.2 = -2.5", "127.0.2-15.3 = -5"] }
)"};
    const auto [last, code, weight] = GENERATE(table<std::string, std::string, double>({
        {"10", "127.0.5.0", -0.1},
        {"11", "127.0.15.1", -1},
        {"12", "127.0.2.2", -2.5},
        {"13", "127.0.9.3", -5},
        {"14", "127.0.5.4", 0}, // no level that the map has
        {"15", "127.0.16.1", 0},
        {"16", "127.0.0.255", 0}, // that is how it refuses us
        {"17", "127.255.255.254", 0},
    }));
    world.mail.client.ip = ip("192.0.2." + last);
    world.zone.add(last + ".2.0.192.list.dnswl.org", RecordType::a, code);
    const auto found = world.sender();
    CAPTURE(code);
    CHECK(has(found, "dnsbl.allowed") == (weight < 0));
    if (weight < 0)
        CHECK(found.at(0).weight == weight);
}

TEST_CASE("a dead allow list, and one that allows everybody, never count")
{
    constexpr std::string_view settings
        = R"(lists: [{ zone: good.example, codes: ["127.0.*.3 = -5"] }])";
    DnsWorld wide{"dnsbl", settings};
    wide.zone.add("1.2.0.192.good.example", RecordType::a, "127.0.9.3")
        .add("1.0.0.127.good.example", RecordType::a, "127.0.9.3");
    CHECK(names(wide.sender()) == Names{"dnsbl.unavailable"});
    CHECK(DnsLists::of(wide.services)->reports().at(0).is_resting);
    for (const auto how : {Behaviour::servfail, Behaviour::timeout, Behaviour::garbage}) {
        DnsWorld dead{"dnsbl", settings};
        dead.zone.behave("1.2.0.192.good.example", how);
        CHECK(names(dead.sender()) == Names{"dnsbl.unavailable"});
    }
    DnsWorld sold{"dnsbl", settings}; // whoever has the zone now
    sold.zone.add("1.2.0.192.good.example", RecordType::a, "203.0.113.5");
    CHECK(names(sold.sender()) == Names{"dnsbl.unavailable"});
}

TEST_CASE("lists that the cache knows cost no wait")
{
    DnsWorld world{"dnsbl", two_lists};
    world.zone.add("1.2.0.192.bad.example", RecordType::a, "127.0.0.2");
    CHECK(names(world.sender()) == Names{"dnsbl.hit", "dnsbl.listed"});
    CHECK(world.has_waited);
    CHECK(names(world.sender()) == Names{"dnsbl.hit", "dnsbl.listed"});
    CHECK_FALSE(world.has_waited);
    CHECK(DnsLists::of(world.services)->reports().at(0).hits == 2);
}

TEST_CASE("a list that lists everybody does not count")
{
    DnsWorld world{"dnsbl", "lists: [{ zone: bad.example }]"};
    world.zone.add("1.2.0.192.bad.example", RecordType::a, "127.0.0.2")
        .add("1.0.0.127.bad.example", RecordType::a, "127.0.0.2");
    CHECK(names(world.sender()) == Names{"dnsbl.unavailable"});
    CHECK(DnsLists::of(world.services)->reports().at(0).problem == "lists everybody");
}

TEST_CASE("a dead list rests after twenty failures, a dead resolver is not its fault")
{
    DnsWorld world{"dnsbl", "lists: [{ zone: bad.example }]"};
    world.zone.behave("*.bad.example", Behaviour::servfail);
    for (int i = 0; i < 20; ++i) {
        world.mail.client.ip = ip("192.0.2." + std::to_string(i));
        CHECK(names(world.sender()) == Names{"dnsbl.unavailable"});
    }
    CHECK(DnsLists::of(world.services)->reports().at(0).is_resting);
    CHECK(world.zone.asked().size() == 20);

    DnsWorld dead{"dnsbl", "lists: [{ zone: bad.example }]"};
    dead.zone.stop();
    for (int i = 0; i < 30; ++i)
        CHECK(names(dead.sender()) == Names{"dnsbl.unavailable"});
    CHECK_FALSE(DnsLists::of(dead.services)->reports().at(0).is_resting);
}

TEST_CASE("behind a listed forwarder the first unknown hop is asked for")
{
    DnsWorld world{"dnsbl", "lists: [{ zone: bad.example }]"};
    world.zone.add("5.113.0.203.bad.example", RecordType::a, "127.0.0.2")
        .add("1.2.0.192.bad.example", RecordType::a, "127.0.0.2");
    world.mail.client.is_trusted_forwarder = true;
    world.receives("Received: from spammer (unknown [203.0.113.5]) by forwarder\r\n\r\nx\r\n");
    CHECK(world.sender().empty());
    const auto found = world.message();
    CHECK(names(found) == Names{"dnsbl.hit", "dnsbl.listed"});
    CHECK(found[1].evidence == "203.0.113.5");
    CHECK(world.zone.asked_for("1.2.0.192.bad.example") == 0);
}

TEST_CASE("without lists nobody is asked, and wrong settings are refused")
{
    DnsWorld world{"dnsbl"};
    CHECK(world.sender().empty());
    CHECK(world.zone.asked().empty());
    const auto complaint = [](std::string_view settings) {
        DnsWorld wrong{"dnsbl", settings};
        return wrong.said();
    };
    CHECK(complaint("lists: [{ zone: \"not a name\" }]").contains("no domain name"));
    for (const char* code :
         {"127.0.0", "127.0.0.2.3", "127.0.0.256", "127.0.0.7-4", "127.0.0.2=x", "127.0.0.", "a"})
        CHECK(complaint("lists: [{ zone: bad.example, codes: [\"" + std::string{code} + "\"] }]")
                  .contains("no answer of a list"));
}
