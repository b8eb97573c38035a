// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/next_hops.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
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
