// SPDX-License-Identifier: Apache-2.0
#include "filters/loaded_tables.hpp"

#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
bool is_blocked(const World& world)
{
    mail::Client client;
    client.ip = ip("192.0.2.7");
    return world.layer->admit(client).has_value();
}
}

TEST_CASE("loaded tables: those of a configuration that is refused are never in service")
{
    World world{"blocklist"};
    {
        TableCollection collection{world.services};
        world.make("blocklist", "block: [192.0.2.0/24]");
    }
    CHECK_FALSE(is_blocked(world));
}

TEST_CASE("loaded tables: they come into service when they are published")
{
    World world{"blocklist"};
    LoadedTables tables;
    {
        TableCollection collection{world.services};
        world.make("blocklist", "block: [192.0.2.0/24]");
        tables = collection.take();
    }
    CHECK_FALSE(is_blocked(world));
    tables.publish();
    CHECK(is_blocked(world));
}

TEST_CASE("loaded tables: a layer made on its own is in service at once")
{
    World world{"blocklist", "block: [192.0.2.0/24]"};
    CHECK(is_blocked(world));
}
