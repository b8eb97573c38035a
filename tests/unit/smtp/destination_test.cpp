// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/destination.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

using Type = net::RecordType;

namespace {
/// A gateway at 192.0.2.1 that sends mail by MX.
struct Way {
    Way()
    {
        settings.hostname = "mx.own.test";
        settings.outside.never_to = {*mail::Network::parse("127.0.0.0/8")};
        settings.outside.own_addresses = {*mail::Ip::parse("192.0.2.1")};
        smtp::ListenerSettings listener;
        listener.address = "0.0.0.0:25";
        settings.listeners = {listener};
    }
    /// "host=address,address host=address", or the code of the refusal.
    std::string to(const std::string& domain)
    {
        auto route = std::make_shared<smtp::Route>();
        route->name = domain;
        route->is_by_mx = true;
        net::TestEnv env;
        net::Loop loop{env};
        std::string text;
        support::run(loop, find(*this, std::move(route), text));
        return text;
    }
    static net::awaitable<void> find(Way& way, std::shared_ptr<smtp::Route> route,
                                     std::string& text)
    {
        auto found = co_await smtp::find_destination({way.dns, way.settings}, route);
        if (!found)
            text = std::to_string(found.error().code) + " " + found.error().enhanced;
        else
            text = told(**found);
    }
    static std::string told(const smtp::Route& route)
    {
        std::string text;
        for (const auto& hop : route.next_hops) {
            text += (text.empty() ? "" : " ") + hop.host + "=";
            for (const auto& address : hop.outside->addresses)
                text += (text.back() == '=' ? "" : ",") + address.to_string();
        }
        return text;
    }
    support::MemoryDns dns;
    smtp::Settings settings;
};
}

TEST_CASE("the way to a domain is its servers with their addresses, IPv4 first")
{
    Way way;
    way.dns.add("far.test", Type::mx, "20 b.far.test").add("far.test", Type::mx, "10 a.far.test");
    way.dns.add("a.far.test", Type::aaaa, "2001:db8::7").add("a.far.test", Type::a, "198.51.100.7");
    way.dns.add("b.far.test", Type::a, "198.51.100.8");
    CHECK(way.to("far.test")
          == "a.far.test=198.51.100.7:25,[2001:db8::7]:25 b.far.test=198.51.100.8:25");
}

TEST_CASE("a domain without MX takes mail at its own address, if it has one")
{
    Way way;
    way.dns.add("host.test", Type::a, "198.51.100.9").add("empty.test", Type::txt, "nothing");
    CHECK(way.to("host.test") == "host.test=198.51.100.9:25");
    CHECK(way.to("empty.test") == "550 5.1.2");
    CHECK(way.to("nowhere.test") == "550 5.1.2");
    CHECK(way.to("[198.51.100.10]") == "198.51.100.10=198.51.100.10:25");
    CHECK(way.to("[IPv6:2001:db8::1]") == "2001:db8::1=[2001:db8::1]:25");
}

TEST_CASE("mail does not come back to us, whatever the DNS says")
{
    Way way;
    way.dns.add("loop.test", Type::mx, "10 other.name.test");
    way.dns.add("other.name.test", Type::a, "192.0.2.1");
    CHECK(way.to("loop.test") == "554 5.4.6");
    CHECK(way.to("[192.0.2.1]") == "554 5.4.6");
    way.dns.add("backup.test", Type::mx, "10 best.test").add("best.test", Type::a, "198.51.100.1");
    way.dns.add("backup.test", Type::mx, "20 other.name.test");
    way.dns.add("backup.test", Type::mx, "30 worse.test")
        .add("worse.test", Type::a, "198.51.100.2");
    CHECK(way.to("backup.test") == "best.test=198.51.100.1:25");
}

TEST_CASE("where strangers must not lead no mail goes")
{
    Way way;
    way.settings.outside.never_to.push_back(*mail::Network::parse("10.0.0.0/8"));
    way.dns.add("inside.test", Type::mx, "10 printer.test");
    way.dns.add("printer.test", Type::a, "10.0.0.5");
    CHECK(way.to("inside.test") == "550 5.4.4");
    CHECK(way.to("[10.0.0.5]") == "550 5.4.4");
    way.dns.add("printer.test", Type::a, "198.51.100.3");
    CHECK(way.to("inside.test") == "printer.test=198.51.100.3:25");
}

TEST_CASE("what the DNS cannot say now is asked again, never refused")
{
    Way way;
    way.dns.fail("dead.test", "SERVFAIL", Type::mx);
    CHECK(way.to("dead.test") == "451 4.4.3");
    way.dns.add("half.test", Type::mx, "10 silent.test").fail("silent.test", "timed out");
    CHECK(way.to("half.test") == "451 4.4.3");
    way.dns.add("gone.test", Type::mx, "10 no.gone.test").add_name("no.gone.test");
    CHECK(way.to("gone.test") == "550 5.4.4");
}
