// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/destination.hpp"
#include "gateway/smtp/pool.hpp"
#include "gateway/smtp/sts_policy.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

#include <deque>

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

namespace {
/// A server outside without TLS, with room for one connection.
class PlainOutside {
public:
    explicit PlainOutside(smtp::StsPolicy::Mode mode, std::string named = "mx.far.test")
    {
        const auto& domain = gateway_.context.snapshot()->settings.domains.begin()->second;
        const smtp::NextHop& answering = domain.route->next_hops.front();
        auto route = std::make_shared<smtp::Route>();
        route->name = "far.test";
        route->is_by_mx = true;
        route->connections = 1;
        const auto address = net::parse_address("127.0.0.1", answering.port).value();
        route->next_hops = {{"mx.far.test", answering.port,
                             std::make_shared<smtp::OutsideHost>(std::vector{address})}};
        before_ = route;
        auto known = std::make_shared<smtp::Destination>();
        known->sts
            = std::make_shared<smtp::StsPolicy>(smtp::StsPolicy{mode, {std::move(named)}, {}});
        auto bound = std::make_shared<smtp::Route>(*route);
        bound->destination = known;
        after_ = bound;
    }
    /// What mail gets once the policy is known, over a connection that was made before and is
    /// `is_idle`, or comes back while the mail waits for its turn: "used", "new" or the refusal.
    std::string after_policy(bool is_idle)
    {
        std::string got;
        gateway_.loop.spawn("server", greet());
        gateway_.loop.spawn("acquire", acquire(is_idle, got));
        gateway_.loop.run();
        return got;
    }

    /// What a domain gets whose server strangers name, too, and ask more of than it can.
    std::string after_strangers()
    {
        std::string got;
        gateway_.loop.spawn("server", greet());
        gateway_.loop.spawn("acquire", acquire_after_strangers(got));
        gateway_.loop.run();
        return got;
    }

private:
    net::awaitable<void> acquire_after_strangers(std::string& got)
    {
        const auto deadline = gateway_.env.now() + 30s;
        auto strangers = std::make_shared<smtp::Route>(*after_);
        strangers->name = "stranger.test";
        for (int i = 0; i < 5; ++i)
            CHECK_FALSE(co_await smtp::Pool::current().acquire(strangers, deadline));
        const auto lease = co_await smtp::Pool::current().acquire(before_, deadline);
        got = lease ? "new" : lease.error().text;
        gateway_.loop.stop();
    }
    net::awaitable<void> acquire(bool is_idle, std::string& got)
    {
        const auto deadline = gateway_.env.now() + 30s;
        auto first = co_await smtp::Pool::current().acquire(before_, deadline);
        CHECK(first);
        if (!first)
            co_return gateway_.loop.stop();
        first->mark_reusable();
        std::optional<smtp::Lease> kept{std::move(*first)};
        if (is_idle)
            kept.reset();
        else
            gateway_.loop.spawn("end", end(kept));
        auto second = co_await smtp::Pool::current().acquire(after_, deadline);
        got = !second ? second.error().text : second->is_used() ? "used" : "new";
        gateway_.loop.stop();
    }
    static net::awaitable<void> end(std::optional<smtp::Lease>& kept)
    {
        for (int turn = 0; turn < 100; ++turn)
            co_await net::yield();
        kept.reset();
    }
    net::awaitable<void> greet()
    {
        for (std::deque<net::Stream> kept;;) {
            auto& stream = kept.emplace_back(co_await gateway_.next_hop_connection());
            stream.queue("220 outside\r\n");
            (void)co_await stream.read_line(4096);
            stream.queue("250 outside\r\n");
            co_await stream.flush();
        }
    }
    test::GatewayUnderTest gateway_{{}};
    std::shared_ptr<const smtp::Route> before_, after_;
};
}

TEST_CASE("a kept connection is not used for mail that asks for more than it proved")
{
    const bool is_idle = GENERATE(true, false);
    CHECK(PlainOutside{smtp::StsPolicy::Mode::testing}.after_policy(is_idle) == "used");
    CHECK(PlainOutside{smtp::StsPolicy::Mode::enforce}.after_policy(is_idle).contains("STARTTLS"));
}

TEST_CASE("what strangers ask of a server that is not theirs shuts it to nobody else")
{
    const auto* named = GENERATE("mx.far.test", "mx.other.test");
    PlainOutside far{smtp::StsPolicy::Mode::enforce, named};
    CHECK(far.after_strangers() == "new");
}
