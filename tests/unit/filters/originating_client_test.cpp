// SPDX-License-Identifier: Apache-2.0
#include "filters/generic_name.hpp"
#include "filters/originating_client.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters::test;
using filters::originating_client;
using filters::read_received;

namespace {
struct Walk {
    World world;
    std::shared_ptr<filters::Forwarders> forwarders = filters::Forwarders::of(world.services);

    Walk()
    {
        forwarders->replace({{"mx", {*mail::Network::parse("198.51.100.0/24")}}});
        world.mail.listener = "mx";
        world.mail.client.ip = ip("198.51.100.1");
    }
    std::string from(std::string_view header)
    {
        world.receives(std::string{header} + "\r\nbody\r\n");
        const auto origin = originating_client(world.mail, *forwarders);
        return origin ? origin->ip.to_string() : "unknown";
    }
};
}

TEST_CASE("the address in a Received field is the one its writer saw")
{
    const std::vector<std::array<const char*, 3>> cases{
        {"from helo.example (name.example [192.0.2.1]) by mx (Postfix)", "192.0.2.1",
         "helo.example"},
        {"from [9.9.9.9] (unknown [192.0.2.1]) by mx", "192.0.2.1", "[9.9.9.9]"},
        {"from x (x [IPv6:2001:db8::1]) by mx", "2001:db8::1", "x"},
        {"from name.example ([192.0.2.1] helo=[9.9.9.9]) by exim", "192.0.2.1", "name.example"},
        {"from [192.0.2.1] (helo=[9.9.9.9]) by exim", "192.0.2.1", "[192.0.2.1]"},
        {"from [192.0.2.1] (port=1234 helo=9.9.9.9) by exim", "192.0.2.1", "[192.0.2.1]"},
        {"from unknown (HELO 9.9.9.9) (192.0.2.1) by qmail", "192.0.2.1", "unknown"},
        {"from x (192.0.2.1) by exchange with Microsoft SMTP", "192.0.2.1", "x"},
        {"from x (x [192.0.2.1] (may be forged)) by sendmail", "192.0.2.1", "x"},
        {"from x (user@[192.0.2.1]) by y", "192.0.2.1", "x"},
        {"from x by y (envelope-from <a@b> [9.9.9.9])", "", "x"},
        {"by y with SMTP id z [9.9.9.9]", "", ""},
        {"from x (y [192.0.2.1", "", "x"},
        {"", "", ""},
    };
    for (const auto& [value, address, helo] : cases) {
        CAPTURE(value);
        const auto from = read_received(value);
        CHECK((from.ip ? from.ip->to_string() : "") == address);
        CHECK(from.helo == helo);
    }
}

TEST_CASE("whoever is no forwarder is the origin, whatever its header says")
{
    Walk walk;
    walk.world.mail.client.ip = ip("192.0.2.77");
    CHECK(walk.from("Received: from a (a [203.0.113.1]) by b\r\n") == "192.0.2.77");
    walk.world.mail.listener = "other";
    walk.world.mail.client.ip = ip("198.51.100.1");
    CHECK(walk.from("Received: from a (a [203.0.113.1]) by b\r\n") == "198.51.100.1");
}

TEST_CASE("the walk goes on through listed and private hosts and ends at the first other")
{
    Walk walk;
    CHECK(walk.from("Received: from a (a [203.0.113.1]) by b\r\n"
                    "Received: from c (c [203.0.113.2]) by a\r\n")
          == "203.0.113.1");
    CHECK(walk.from("Received: from f2 (f2 [198.51.100.2]) by f1\r\n"
                    "Received: from scan (localhost [127.0.0.1]) by f2\r\n"
                    "Received: from f3 (f3 [10.0.0.3]) by scan\r\n"
                    "Received: from a (a [203.0.113.1]) by f3\r\n"
                    "Received: from c (c [203.0.113.2]) by a\r\n")
          == "203.0.113.1");
}

TEST_CASE("where a trusted host does not say, nobody's word is taken")
{
    Walk walk;
    CHECK(walk.from("Subject: none\r\n") == "unknown");
    CHECK(walk.from("Received: by f1 (Postfix, from userid 33)\r\n"
                    "Received: from good (good [203.0.113.1]) by f1\r\n")
          == "unknown");
    std::string many;
    for (int i = 0; i < 12; ++i)
        many += "Received: from f (f [198.51.100.2]) by f\r\n";
    CHECK(walk.from(many + "Received: from a (a [203.0.113.1]) by f\r\n") == "unknown");
}

TEST_CASE("names made for lines are told from names of servers")
{
    const std::vector<std::tuple<const char*, const char*, bool>> cases{
        {"mx.example.org", "192.0.2.1", false},
        {"example.org", "192.0.2.1", false},
        {"192-0-2-1.isp.example", "192.0.2.1", true},
        {"1.2.0.192.isp.example", "192.0.2.1", true},
        {"ip192.0.2.1.isp.example", "192.0.2.1", true},
        {"host-192-000-002-001.isp.example", "192.0.2.1", true},
        {"c0000201.isp.example", "192.0.2.1", true},
        {"192000002001.isp.example", "192.0.2.1", true},
        {"p1234.dsl.isp.example", "192.0.2.1", true},
        {"dhcp-7.isp.example", "192.0.2.1", true},
        {"static-192-0-2-1.isp.example", "192.0.2.1", false},
        {"mail.192-0-2-1.isp.example", "192.0.2.1", false},
        {"192.0.example", "192.0.2.1", false},
        {"web2-1.host.example", "192.0.2.1", false},
        {"a.pooling.example", "192.0.2.1", false},
        {"1-1-1-1.isp.example", "1.1.1.1", true},
        {"1-1.isp.example", "1.1.1.1", false},
        {"2001-db8-0-0-0123-4567-89ab-cdef.isp.example", "2001:db8::123:4567:89ab:cdef", true},
        {"host.isp.example", "2001:db8::123:4567:89ab:cdef", false},
    };
    for (const auto& [name, address, expected] : cases) {
        CAPTURE(name);
        CHECK(filters::is_generic_name(name, ip(address)) == expected);
    }
}
