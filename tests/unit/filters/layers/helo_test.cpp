// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/dns_world.hpp"

using namespace filters;
using namespace filters::test;

TEST_CASE("helo: what a client calls itself is compared with what is known")
{
    World world{"helo", "own_names: [MX.gate.example]"};
    struct Row {
        const char *helo, *fact;
    };
    for (const auto& [helo, fact] : {
             Row{"mail.a.example", ""},
             Row{"MAIL.a.example.", ""},
             Row{"[192.0.2.1]", ""},
             Row{"192.0.2.1", "helo.not_qualified"},
             Row{"[192.0.2.9]", "helo.wrong_literal"},
             Row{"192.0.2.9", "helo.wrong_literal"},
             Row{"[IPv6:2001:db8::1]", "helo.wrong_literal"},
             Row{"localhost", "helo.localhost"},
             Row{"localhost.localdomain", "helo.localhost"},
             Row{"host.localdomain", "helo.localhost"},
             Row{"desktop", "helo.not_qualified"},
             Row{"b.example", "helo.own_name"},
             Row{"mx.GATE.example", "helo.own_name"},
             Row{"bad name", "helo.invalid"},
             Row{"a..b", "helo.invalid"},
             Row{"[bad]", "helo.invalid"},
             Row{"", ""},
         }) {
        INFO(helo);
        world.mail.client.helo = helo;
        const auto found = world.sender();
        CHECK(names(found) == (*fact ? Names{fact} : Names{}));
        CHECK(all_declared(found, "helo"));
    }
}

TEST_CASE("helo: clients from inside are left in peace")
{
    World world{"helo"};
    world.mail.client.helo = "localhost";
    world.mail.client.is_inside = true;
    CHECK(world.sender().empty());
}

TEST_CASE("helo: the name must exist and should lead to the client")
{
    struct Row {
        const char *helo, *fact;
    };
    DnsWorld world{"helo"};
    world.zone.add("good.example", RecordType::a, "192.0.2.1")
        .add("elsewhere.example", RecordType::a, "192.0.2.9")
        .add("six.example", RecordType::aaaa, "2001:db8::1")
        .add("mail.example", RecordType::mx, "10 mx.example")
        .behave("slow.example", Behaviour::timeout)
        .behave("broken.example", Behaviour::servfail);
    for (const auto& [helo, fact] : {
             Row{"good.example", ""},
             Row{"GOOD.example", ""},
             Row{"elsewhere.example", "helo.mismatch"},
             Row{"six.example", "helo.mismatch"},
             Row{"mail.example", "helo.mismatch"},
             Row{"none.example", "helo.unknown"},
             Row{"slow.example", ""},
             Row{"broken.example", ""},
             Row{"[192.0.2.1]", ""},
         }) {
        INFO(helo);
        world.mail.client.helo = helo;
        const auto found = world.sender();
        CHECK(names(found) == (*fact ? Names{fact} : Names{}));
        CHECK(all_declared(found, "helo"));
    }
    const auto before = world.zone.asked().size();
    world.mail.client.helo = "confirmed.example";
    world.mail.client.reverse_name = "confirmed.example";
    CHECK(world.sender().empty());
    world.make("helo", "dns: false");
    world.mail.client.helo = "other.example";
    CHECK(world.sender().empty());
    CHECK(world.zone.asked().size() == before);
}
