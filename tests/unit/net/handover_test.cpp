// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/handover.hpp"
#include "gateway/net/worker_pool.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using net::awaitable;

namespace {
awaitable<void> receive(net::Handover<std::string> handover, std::string& result)
{
    result = co_await handover.receive();
}
}

TEST_CASE("a value goes from a thread to a coroutine, whoever comes first")
{
    net::Loop loop{net::Env::real()};
    std::string result;
    const bool is_early = GENERATE(true, false);
    net::Handover<std::string> handover;
    std::jthread thread;
    if (is_early)
        handover.deliver("value");
    else
        thread = std::jthread{[handover] { handover.deliver("value"); }};
    support::run(loop, receive(handover, result));
    CHECK(result == "value");
}

TEST_CASE("the first of deliver and fail wins")
{
    net::Loop loop{net::Env::real()};
    std::string result;
    net::Handover<std::string> handover;
    handover.fail(std::make_exception_ptr(std::runtime_error{"no"}));
    handover.deliver("value");
    CHECK_THROWS_WITH(support::run(loop, receive(handover, result)), "no");
}

TEST_CASE("a receiver whose sender went away is told so")
{
    net::Loop loop{net::Env::real()};
    std::string result;
    CHECK_THROWS_WITH(support::run(loop, receive({}, result)), Catch::Contains("went away"));
}

TEST_CASE("a value for a loop that is gone is dropped")
{
    net::Handover<std::string> handover;
    std::string result;
    {
        net::Loop loop{net::Env::real()};
        loop.spawn("receiver", receive(handover, result));
        loop.post([&loop] { loop.stop(); });
        loop.run();
    }
    handover.deliver("value");
    CHECK(result.empty());
}

TEST_CASE("a loop may end while another thread delivers")
{
    for (int round = 0; round < 200; ++round) {
        net::Handover<std::string> handover;
        std::string result;
        std::jthread thread;
        net::Loop loop{net::Env::real()};
        loop.spawn("receiver", receive(handover, result));
        thread = std::jthread{[handover] { handover.deliver("value"); }};
        loop.post([&loop] { loop.stop(); });
        loop.run();
    }
    SUCCEED("no crash");
}

TEST_CASE("a cancelled receiver lets go")
{
    net::TestEnv env;
    net::Loop loop{env};
    net::Handover<std::string> handover;
    std::string result;
    const auto advance = [](net::Loop& on, net::TestEnv& time) -> awaitable<void> {
        for (int i = 0; i < 3; ++i)
            co_await net::yield();
        time.advance(1s);
        on.sweep_deadlines();
    };
    CHECK_THROWS_AS(
        support::run(loop, net::with_deadline(receive(handover, result), 1s), advance(loop, env)),
        net::TimedOut);
    handover.deliver("late");
    CHECK(result.empty());
}

TEST_CASE("the pool runs work on other threads and brings results and throws back")
{
    net::Loop loop{net::Env::real()};
    net::WorkerPool pool{3};
    const auto work = [](net::WorkerPool& on, std::atomic<int>& done) -> awaitable<void> {
        const auto here = std::this_thread::get_id();
        const auto there = co_await on.run([] { return std::this_thread::get_id(); });
        CHECK(here != there);
        CHECK(std::this_thread::get_id() == here);
        co_await on.run([&done] { ++done; });
        const auto moved = co_await on.run([] { return std::make_unique<int>(42); });
        CHECK(*moved == 42);
        co_await on.run([]() -> int { throw std::runtime_error{"from the pool"}; });
    };
    std::atomic<int> done{0};
    CHECK_THROWS_WITH(support::run(loop, work(pool, done)), "from the pool");
    CHECK(done == 1);
}

TEST_CASE("a pool finishes what is queued before it ends, thrower or not")
{
    std::atomic<int> done{0};
    {
        net::WorkerPool pool{2};
        for (int i = 0; i < 100; ++i)
            pool.post([&done, i] {
                ++done;
                if (i % 10 == 0)
                    throw std::runtime_error{"logged"};
            });
    }
    CHECK(done == 100);
}

TEST_CASE("a loop may end while the pool still works for it")
{
    std::atomic<bool> may_end{false};
    net::WorkerPool pool{2};
    {
        net::Loop loop{net::Env::real()};
        const auto work = [](net::WorkerPool& on, std::atomic<bool>& gate) -> awaitable<void> {
            co_await on.run([&gate] { gate.wait(false); });
        };
        loop.spawn("worker", work(pool, may_end));
        loop.post([&loop] { loop.stop(); });
        loop.run();
    }
    may_end = true;
    may_end.notify_all();
    SUCCEED("no crash");
}
