// SPDX-License-Identifier: Apache-2.0
#include "web/api/web_hook.hpp"

#include "tests/unit/web/people.hpp"

TEST_CASE("what was owed before a restart goes in front of what came since")
{
    test::People people;
    auto& gateway = people.gateway;
    web::WebHook hook{gateway.resolver, gateway.pool, gateway.env};
    hook.add("new", "{}");
    hook.restore({{"first", "1", gateway.env.wall_now()}, {"second", "2", {}}});
    std::string order;
    for (const auto& notice : hook.owed())
        order += notice.id + " ";
    CHECK(order == "first second new ");
    CHECK(hook.owed().front().body == "1");
    CHECK(hook.owed().front().made == gateway.env.wall_now());
    for (std::size_t i = 0; i < web::WebHook::most; ++i)
        hook.add(std::to_string(i), "{}");
    hook.restore({{"late", "", {}}});
    CHECK(hook.waiting() == web::WebHook::most);
    CHECK(hook.owed().front().id == "0");
}
