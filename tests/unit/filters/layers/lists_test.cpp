// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;
using storage::ListEntry;
using Effect = ListEntry::Effect;
using Kind = ListEntry::Kind;

TEST_CASE("lists: each scope speaks for itself at RCPT")
{
    World world{"lists"};
    world.lists.put("", Effect::allow, Kind::domain, "a.example", 2);
    world.lists.put("b.example", Effect::block, Kind::address, "ann@a.example", 1000);
    world.lists.put("bob@b.example", Effect::allow, Kind::address, "ann@a.example", 1000);
    const auto found = world.at_rcpt();
    CHECK(names(found) == Names{"lists.allow_global", "lists.block_domain", "lists.allow_user"});
    CHECK(found[0].detail == "a.example");
    CHECK(found[0].weight == 2.0);
    CHECK(found[0].evidence == "domain matched ann@a.example, the envelope sender");
    CHECK(all_declared(found, "lists"));
    CHECK(world.lists.hits == std::map<std::int64_t, int>{{1, 1}, {2, 1}, {3, 1}});
    CHECK(names(world.at_rcpt("carol@b.example"))
          == Names{"lists.allow_global", "lists.block_domain"});
    CHECK(names(world.at_rcpt("dan@c.example")) == Names{"lists.allow_global"});
}

TEST_CASE("lists: a user's scope does not depend on how the address is written")
{
    World world{"lists"};
    world.lists.put("bob@b.example", Effect::block, Kind::address, "ann@a.example", 1000);
    CHECK(names(world.at_rcpt("BOB@B.Example")) == Names{"lists.block_user"});
}

TEST_CASE("lists: network entries look at the client")
{
    World world{"lists"};
    world.lists.put("", Effect::allow, Kind::network, "192.0.2.0/24", 24);
    world.mail.sender.reset();
    const auto found = world.at_rcpt();
    REQUIRE(names(found) == Names{"lists.allow_global"});
    CHECK(found[0].evidence == "network matched 192.0.2.1, the client");
    world.mail.client.ip = ip("198.51.100.1");
    CHECK(world.at_rcpt().empty());
}

TEST_CASE("lists: the header From can block, never allow")
{
    World world{"lists"};
    world.lists.put("bob@b.example", Effect::block, Kind::domain, "shop.example", 2);
    world.lists.put("bob@b.example", Effect::allow, Kind::domain, "friend.example", 2);
    world.receives("From: Shop <news@shop.example>\r\n\r\n");
    CHECK(world.at_rcpt().empty());
    const auto found = world.message_for();
    REQUIRE(names(found) == Names{"lists.block_user"});
    CHECK(found[0].evidence == "domain matched news@shop.example, the header From");
    world.receives("From: friend@friend.example\r\n\r\n");
    CHECK(world.message_for().empty());
    world.receives("Subject: no From\r\n\r\n");
    CHECK(world.message_for().empty());
}

TEST_CASE("lists: an author that is the envelope sender was already looked at")
{
    World world{"lists"};
    world.lists.put("", Effect::block, Kind::domain, "a.example", 2);
    world.receives("From: Ann@a.example\r\n\r\n");
    CHECK(world.message_for().empty());
    CHECK(names(world.at_rcpt()) == Names{"lists.block_global"});
}

TEST_CASE("lists: a From of endless authors costs nothing")
{
    World world{"lists"};
    world.lists.put("", Effect::block, Kind::domain, "c.example", 2);
    std::string from = "From: a1@x.example";
    for (int i = 0; i < 500; ++i)
        from += ",\r\n a@c.example";
    world.receives(from + "\r\n\r\n");
    CHECK(world.message_for().empty());
}
