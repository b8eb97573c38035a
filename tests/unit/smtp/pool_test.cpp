// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/pool.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using smtp::NextHopState;

namespace {
/// A route of two next hops with one connection each: one of which nothing is known, then one that
/// answers.
class TwoNextHops {
public:
    TwoNextHops()
    {
        const auto& domain = gateway_.context.snapshot()->settings.domains.begin()->second;
        auto route = std::make_shared<smtp::Route>();
        const auto answering = domain.route->next_hops.front();
        route->next_hops = {{"127.0.0.1", 1}, answering};
        route->connections = 1;
        route_ = route;
        second = &NextHopState::of("127.0.0.1:" + std::to_string(answering.port));
    }
    /// The server a connection was got from; empty: none within the deadline.
    std::string acquired_from(std::function<void()> meanwhile = [] { })
    {
        std::string server;
        gateway_.loop.spawn("server", greet());
        gateway_.loop.spawn("acquire", acquire(server));
        gateway_.loop.spawn("meanwhile", later(std::move(meanwhile)));
        gateway_.loop.run();
        return server;
    }
    NextHopState* first = &NextHopState::of("127.0.0.1:1");
    NextHopState* second = nullptr;

private:
    net::awaitable<void> acquire(std::string& server)
    {
        auto lease = co_await smtp::Pool::current().acquire(route_, gateway_.env.now() + 30s);
        if (lease)
            server = lease->client().server();
        gateway_.loop.stop();
    }
    net::awaitable<void> greet()
    {
        auto stream = co_await gateway_.next_hop_connection();
        stream.queue("220 inside\r\n");
        (void)co_await stream.read_line(4096);
        stream.queue("250 inside\r\n");
        co_await stream.flush();
        co_await net::sleep(1h);
    }
    net::awaitable<void> later(std::function<void()> meanwhile)
    {
        for (int turn = 0; turn < 100; ++turn)
            co_await net::yield();
        meanwhile();
        for (;;) {
            co_await net::yield();
            gateway_.env.advance(10ms);
            gateway_.loop.sweep_deadlines();
        }
    }
    test::GatewayUnderTest gateway_{{}};
    std::shared_ptr<const smtp::Route> route_;
};
}

TEST_CASE("a next hop whose connections are all in use is passed over where another has room")
{
    TwoNextHops hops;
    REQUIRE(hops.first->enter(1));
    CHECK(hops.acquired_from() == hops.second->status().server);
    CHECK(hops.first->status().connections == 1);
    CHECK_FALSE(hops.first->status().is_down);
    hops.first->leave();
}

TEST_CASE("where no next hop has room the first that has it again is taken")
{
    TwoNextHops hops;
    REQUIRE(hops.first->enter(1));
    REQUIRE(hops.second->enter(1));
    CHECK(hops.acquired_from([&] { hops.second->leave(); }) == hops.second->status().server);
    hops.first->leave();
}

TEST_CASE("where no next hop has room within the deadline the answer is a later")
{
    TwoNextHops hops;
    REQUIRE(hops.first->enter(1));
    REQUIRE(hops.second->enter(1));
    CHECK(hops.acquired_from().empty());
    hops.first->leave();
    hops.second->leave();
}
