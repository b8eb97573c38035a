// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"

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
