// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("what administrators did is kept in order through a restart, and forgotten in time")
{
    Gateway gateway;
    const auto add = [&](std::string object) {
        wait_for(gateway.loop,
                 gateway.storage->audit->add({.time = gateway.env.wall_now(),
                                              .who = "root",
                                              .act = "queue delete",
                                              .object = std::move(object)}));
    };
    for (const auto* object : {"A/1", "B/1", "C/1"}) {
        add(object);
        gateway.env.advance(24h);
    }
    gateway.restart();
    const auto list = [&](std::int64_t before, std::size_t limit) {
        return wait_for(gateway.loop, gateway.storage->audit->list(before, limit));
    };
    const auto first = list(0, 2);
    REQUIRE(first.size() == 2);
    CHECK(first[0].object == "C/1");
    CHECK(first[1].object == "B/1");
    const auto rest = list(first[1].number, 2);
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].object == "A/1");
    CHECK(wait_for(gateway.loop, gateway.storage->audit->sweep(gateway.env.wall_now() - 36h)) == 2);
    CHECK(list(0, 10).size() == 1);
}
