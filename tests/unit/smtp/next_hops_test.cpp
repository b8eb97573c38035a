// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/next_hops.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using smtp::Demand;
using smtp::LoopShare;
using smtp::NextHopState;

namespace {
const NextHopState::Steady start{1000h};

void fail(NextHopState& hop, NextHopState::Steady now)
{
    hop.failed("refused", now, std::chrono::system_clock::time_point{now.time_since_epoch()});
}

}

TEST_CASE("the breaker opens at the third failure in a row")
{
    NextHopState hop{"mail1.internal:25"};
    fail(hop, start);
    fail(hop, start);
    CHECK(hop.may_try(start));
    CHECK_FALSE(hop.status().is_down);
    fail(hop, start);
    CHECK_FALSE(hop.may_try(start));
    CHECK(hop.status().is_down);
    CHECK(hop.status().problem == "refused");
}

TEST_CASE("a success between failures keeps the breaker closed")
{
    NextHopState hop{"mail1.internal:25"};
    for (int i = 0; i < 10; ++i) {
        fail(hop, start);
        fail(hop, start);
        hop.succeeded();
    }
    CHECK(hop.may_try(start));
}

TEST_CASE("an open breaker lets one attempt through at a time and doubles its pause to a minute")
{
    NextHopState hop{"mail1.internal:25"};
    for (int i = 0; i < 3; ++i)
        fail(hop, start);
    auto now = start;
    for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        INFO(pause.count());
        CHECK_FALSE(hop.may_try(now + pause - 1ms));
        now += pause;
        CHECK(hop.may_try(now));
        CHECK_FALSE(hop.may_try(now));
        fail(hop, now);
    }
    now += 60s;
    CHECK(hop.may_try(now));
    hop.succeeded();
    CHECK(hop.may_try(now));
    CHECK(hop.may_try(now));
    CHECK_FALSE(hop.status().is_down);
}

TEST_CASE("twenty attempts that fail together open the breaker for a second, not a minute")
{
    NextHopState hop{"mail1.internal:25"};
    for (int i = 0; i < 20; ++i)
        fail(hop, start);
    CHECK_FALSE(hop.may_try(start + 999ms));
    CHECK(hop.may_try(start + 1s));
}

TEST_CASE("connections are counted up to the limit")
{
    NextHopState hop{"mail1.internal:25"};
    CHECK(hop.enter(2));
    CHECK(hop.enter(2));
    CHECK_FALSE(hop.enter(2));
    CHECK(hop.enter(3));
    hop.leave();
    hop.leave();
    CHECK(hop.enter(2));
    CHECK(hop.status().connections == 2);
}

TEST_CASE("a server's state is one, whoever asks")
{
    CHECK(&NextHopState::of("same.internal:25") == &NextHopState::of("same.internal:25"));
    CHECK(&NextHopState::of("same.internal:25") != &NextHopState::of("other.internal:25"));
}

namespace {
/// Two loops that share connections to one server.
struct TwoLoops {
    NextHopState hop{"mail1.internal:25"};
    std::shared_ptr<LoopShare> here = std::make_shared<LoopShare>(hop);
    std::shared_ptr<LoopShare> there = std::make_shared<LoopShare>(hop);
    std::vector<Demand> demands;

    void want(const std::shared_ptr<LoopShare>& loop, int sessions)
    {
        for (int i = 0; i < sessions; ++i)
            demands.emplace_back(loop).mark_hungry();
    }
    static unsigned connect(LoopShare& loop, unsigned limit)
    {
        unsigned count = 0;
        while (loop.enter(limit))
            ++count;
        return count;
    }
};
}

TEST_CASE("a loop alone may hold all connections, and keeps them while nobody else waits")
{
    TwoLoops loops;
    loops.want(loops.here, 50);
    CHECK(loops.connect(*loops.here, 20) == 20);
    CHECK(loops.here->excess(20) == LoopShare::Excess::none);
}

TEST_CASE("a session that has not waited long moves no connection to its loop")
{
    TwoLoops loops;
    loops.want(loops.here, 2);
    CHECK(loops.connect(*loops.here, 2) == 2);
    loops.demands.emplace_back(loops.there);
    CHECK(loops.here->excess(2) == LoopShare::Excess::none);
    loops.demands.back().mark_hungry();
    loops.demands.back().mark_hungry();
    CHECK(loops.here->excess(2) == LoopShare::Excess::part);
    loops.demands.pop_back();
    CHECK(loops.here->excess(2) == LoopShare::Excess::none);
}

TEST_CASE("loops share the connections in proportion to the sessions that want one")
{
    TwoLoops loops;
    loops.want(loops.here, 60);
    CHECK(loops.connect(*loops.here, 20) == 20);
    loops.want(loops.there, 20);
    CHECK_FALSE(loops.there->enter(20));
    unsigned given = 0;
    for (; loops.here->excess(20) == LoopShare::Excess::whole; ++given)
        loops.here->leave();
    CHECK(given == 5);
    CHECK_FALSE(loops.here->enter(20)); // what was given up is for the other loop
    CHECK(loops.connect(*loops.there, 20) == 5);
    CHECK(loops.here->excess(20) == LoopShare::Excess::none);
    CHECK(loops.there->excess(20) == LoopShare::Excess::none);
}

TEST_CASE("one connection for two loops: its holder has more than its share, by a part")
{
    TwoLoops loops;
    loops.want(loops.here, 1);
    CHECK(loops.here->enter(1));
    loops.want(loops.there, 1);
    CHECK(loops.here->excess(1) == LoopShare::Excess::part);
    loops.here->leave();
    CHECK(loops.there->enter(1));
}

TEST_CASE("what a loop keeps without need is another's when that one waits")
{
    TwoLoops loops;
    loops.want(loops.here, 2);
    CHECK(loops.connect(*loops.here, 2) == 2);
    loops.demands.clear();
    CHECK(loops.here->excess(2) == LoopShare::Excess::none);
    loops.want(loops.there, 1);
    CHECK(loops.here->excess(2) == LoopShare::Excess::whole);
}
