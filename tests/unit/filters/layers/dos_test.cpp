// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;

namespace {
mail::Client client(std::string_view address, std::uint16_t port = 1000)
{
    mail::Client client;
    client.ip = ip(address);
    client.port = port;
    return client;
}
}

TEST_CASE("dos: one network gets its share of the slots and no more")
{
    World world{"dos", "connections: 50\nconnections_per_source: 10"};
    for (int i = 1; i <= 5; ++i)
        CHECK_FALSE(world.layer->admit(client("192.0.2." + std::to_string(i))));
    const auto refused = world.layer->admit(client("192.0.2.77"));
    REQUIRE(refused);
    CHECK(refused->code == 421);
    CHECK(refused->closes);
    CHECK_FALSE(world.layer->admit(client("192.0.3.1")));
    CHECK_FALSE(world.layer->admit(client("2001:db8:1:1::1")));
    world.layer->depart(client("192.0.2.1"));
    CHECK_FALSE(world.layer->admit(client("192.0.2.77")));
    CHECK(world.layer->admit(client("192.0.2.78")));
}

TEST_CASE("dos: the slots in all are counted, the exempt among them")
{
    World world{"dos", "connections: 8\nconnections_per_source: 4"};
    for (int i = 0; i < 8; ++i)
        CHECK_FALSE(world.layer->admit(client("127.0.0.1")));
    const auto refused = world.layer->admit(client("192.0.2.1"));
    REQUIRE(refused);
    CHECK(refused->enhanced == "4.3.2");
    for (int i = 0; i < 8; ++i)
        world.layer->depart(client("127.0.0.1"));
    CHECK_FALSE(world.layer->admit(client("192.0.2.1")));
}

TEST_CASE("dos: who harvests addresses is stopped and kept out for a while")
{
    World world{"dos", "unknown_recipients: 5\nrefuse_for: 10 min"};
    const auto thief = client("192.0.2.1");
    for (int i = 0; i < 4; ++i)
        CHECK_FALSE(world.layer->observe(thief, Incident::unknown_recipient));
    const auto stopped = world.layer->observe(thief, Incident::unknown_recipient);
    REQUIRE(stopped);
    CHECK(stopped->code == 421);
    CHECK(world.layer->admit(thief));
    CHECK_FALSE(world.layer->admit(client("192.0.2.2")));
    world.env.advance(25min);
    CHECK_FALSE(world.layer->admit(thief));
}

TEST_CASE("dos: junk and slowness keep repeated offenders out")
{
    World world{"dos", "junk_sessions: 10\nslow_sessions: 3"};
    for (int i = 0; i < 10; ++i)
        CHECK_FALSE(world.layer->observe(client("192.0.2.1"), Incident::junk_command));
    CHECK(world.layer->admit(client("192.0.2.1")));
    for (int i = 0; i < 3; ++i)
        world.layer->observe(client("192.0.2.9"), Incident::too_slow);
    CHECK(world.layer->admit(client("192.0.2.9")));
}

TEST_CASE("dos: who errs often waits for each refusal, and only a few wait at once")
{
    World world{"dos", "connections: 60\ntarpit: 3 s\ntarpit_after: 2"};
    const auto thief = client("192.0.2.1");
    world.layer->observe(thief, Incident::unknown_recipient);
    CHECK(world.layer->tarpit(thief).time == 0s);
    world.layer->observe(thief, Incident::junk_command);
    std::vector<Tarpit> places;
    for (int i = 0; i < 3; ++i)
        places.push_back(world.layer->tarpit(thief));
    CHECK(places.front().time == 3s);
    CHECK(places.back().time == 3s);
    CHECK(world.layer->tarpit(thief).time == 0s);
    places.pop_back();
    CHECK(world.layer->tarpit(thief).time == 3s);
    CHECK(world.layer->tarpit(client("192.0.2.2")).time == 0s);
    world.env.advance(25min);
    CHECK(world.layer->tarpit(thief).time == 0s);
}

TEST_CASE("dos: the tarpit can be off, and is not for listed forwarders")
{
    World world{"dos", "tarpit_after: 1"};
    auto forwarder = client("192.0.2.1");
    forwarder.is_trusted_forwarder = true;
    world.layer->observe(forwarder, Incident::junk_command);
    CHECK(world.layer->tarpit(forwarder).time == 0s);
    world.layer->observe(client("192.0.2.2"), Incident::junk_command);
    CHECK(world.layer->tarpit(client("192.0.2.2")).time == 2s);
    world.make("dos", "tarpit_after: 1\ntarpit: 0 s");
    CHECK(world.layer->tarpit(client("192.0.2.2")).time == 0s);
    world.make("dos", "tarpit: 5 min");
    CHECK(world.said().find("\"tarpit\" must be") != std::string::npos);
}

TEST_CASE("dos: listed forwarders and inside networks are never kept out")
{
    World world{"dos", "unknown_recipients: 1"};
    auto forwarder = client("192.0.2.1");
    forwarder.is_trusted_forwarder = true;
    CHECK_FALSE(world.layer->observe(forwarder, Incident::unknown_recipient));
    CHECK_FALSE(world.layer->admit(forwarder));
}

TEST_CASE("dos: talking early is a fact about that connection")
{
    World world{"dos"};
    world.mail.client = client("192.0.2.1", 4711);
    CHECK(world.sender().empty());
    world.layer->observe(world.mail.client, Incident::early_talk);
    CHECK(names(world.sender()) == Names{"dos.early_talker"});
    world.mail.client.port = 4712;
    CHECK(world.sender().empty());
}

TEST_CASE("dos: a reload forgets nobody")
{
    World world{"dos", "unknown_recipients: 1"};
    CHECK_FALSE(world.layer->admit(client("192.0.2.1")));
    CHECK(world.layer->observe(client("192.0.2.1"), Incident::unknown_recipient));
    world.make("dos", "unknown_recipients: 2");
    CHECK(world.layer->admit(client("192.0.2.1")));
}

TEST_CASE("dos: a reload with other windows leaves the layer before it whole, and bans hold")
{
    World world{"dos", "unknown_recipients: 1"};
    const auto thief = client("192.0.2.1");
    CHECK(world.layer->observe(thief, Incident::unknown_recipient));
    const auto before = std::move(world.layer);
    world.make("dos", "unknown_recipients: 1\nwindow: 7 min\nrefuse_for: 20 min");
    CHECK(before->observe(client("192.0.2.2"), Incident::unknown_recipient));
    CHECK(before->admit(thief));
    CHECK(world.layer->admit(thief));
    world.env.advance(40min);
    CHECK_FALSE(world.layer->admit(thief));
}
