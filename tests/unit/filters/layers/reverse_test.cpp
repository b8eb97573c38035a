// SPDX-License-Identifier: Apache-2.0
#include "filters/chain.hpp"
#include "tests/unit/filters/dns_world.hpp"

using namespace filters::test;
using namespace std::chrono_literals;

namespace {
const std::string own = "1.2.0.192.in-addr.arpa";
}

TEST_CASE("a name counts when it leads back to the client")
{
    DnsWorld world{"reverse"};
    world.zone.add(own, RecordType::ptr, "mx.a.example")
        .add("mx.a.example", RecordType::a, "192.0.2.9")
        .add("mx.a.example", RecordType::a, "192.0.2.1");
    const auto found = world.sender();
    CHECK(names(found) == Names{"reverse.confirmed"});
    CHECK(found[0].detail == "mx.a.example");
    CHECK(all_declared(found, "reverse"));
    CHECK(world.mail.dns_queries_left == 38);
    CHECK(world.sender().size() == 1);
    CHECK(world.mail.dns_queries_left == 38);
}

TEST_CASE("no name, a name of others and a name that cannot be confirmed are different facts")
{
    DnsWorld world{"reverse"};
    CHECK(names(world.sender()) == Names{"reverse.none"});

    DnsWorld liar{"reverse"};
    liar.zone.add(own, RecordType::ptr, "mx.bank.example")
        .add("mx.bank.example", RecordType::a, "198.51.100.1");
    CHECK(names(liar.sender()) == Names{"reverse.unconfirmed"});

    DnsWorld slow{"reverse"};
    slow.zone.add(own, RecordType::ptr, "mx.a.example").behave("mx.a.example", Behaviour::servfail);
    CHECK(names(slow.sender()) == Names{"reverse.temperror"});

    DnsWorld broken{"reverse"};
    broken.zone.behave(own, Behaviour::timeout);
    CHECK(names(broken.sender()) == Names{"reverse.temperror"});
}

TEST_CASE("of many names the first five are tried")
{
    DnsWorld world{"reverse"};
    for (int i = 0; i < 20; ++i)
        world.zone.add(own, RecordType::ptr, "n" + std::to_string(i) + ".a.example");
    CHECK(names(world.sender()) == Names{"reverse.unconfirmed"});
    CHECK(world.zone.asked().size() == 6);
}

TEST_CASE("IPv6 clients are looked up nibble by nibble")
{
    DnsWorld world{"reverse"};
    world.mail.client.ip = ip("2001:db8::1");
    world.zone
        .add("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
             RecordType::ptr, "mx.a.example")
        .add("mx.a.example", RecordType::aaaa, "2001:db8::1");
    CHECK(names(world.sender()) == Names{"reverse.confirmed"});
}

TEST_CASE("names of subscribers' lines are a fact of their own")
{
    DnsWorld world{"reverse"};
    world.zone.add(own, RecordType::ptr, "192-0-2-1.pool.isp.example")
        .add("192-0-2-1.pool.isp.example", RecordType::a, "192.0.2.1");
    CHECK(names(world.sender()) == Names{"reverse.confirmed", "reverse.generic"});
}

TEST_CASE("private and inside clients and those named by a proxy are not looked up")
{
    DnsWorld world{"reverse"};
    for (const char* address : {"10.0.0.1", "127.0.0.1", "192.168.1.1", "fe80::1", "::1"}) {
        world.mail.client.ip = ip(address);
        CHECK(world.sender().empty());
    }
    world.mail.client.ip = ip("192.0.2.1");
    world.mail.client.is_inside = true;
    CHECK(world.sender().empty());
    world.mail.client.is_inside = false;
    world.mail.client.reverse_name = "named.example";
    CHECK(world.sender().empty());
    CHECK(world.zone.asked().empty());
}

TEST_CASE("the confirmed name becomes the client's for the layers after it")
{
    DnsWorld world;
    world.zone.add(own, RecordType::ptr, "mx.a.example")
        .add("mx.a.example", RecordType::a, "192.0.2.1");
    std::vector<filters::Chain::Link> links;
    for (const char* name : {"helo", "reverse"}) {
        const auto& type = type_named(name);
        links.push_back({&type, type.make(world.read(type, ""), world.services), {}, 8s});
    }
    const filters::Chain chain{std::move(links)};
    support::run(world.loop, chain.inspect_sender(world.mail));
    CHECK(world.mail.client.reverse_name == "mx.a.example");
    CHECK(names(world.mail.findings) == Names{"reverse.confirmed"});
    // HELO said the confirmed name: nothing more to ask.
    CHECK(world.zone.asked().size() == 2);
}

TEST_CASE("what the cache knows costs no wait")
{
    DnsWorld world{"reverse"};
    world.zone.add(own, RecordType::ptr, "mx.a.example")
        .add("mx.a.example", RecordType::a, "192.0.2.1");
    CHECK(names(world.sender()) == Names{"reverse.confirmed"});
    CHECK(world.has_waited);
    CHECK(names(world.sender()) == Names{"reverse.confirmed"});
    CHECK_FALSE(world.has_waited);
}

TEST_CASE("without any name server nothing is said of the client's name")
{
    DnsWorld world{"reverse"};
    world.resolver.configure({.servers = {}});
    CHECK(world.sender().empty());
}
