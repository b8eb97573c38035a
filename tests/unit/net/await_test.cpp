// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/await.hpp"
#include "gateway/net/worker_pool.hpp"
#include "tests/support/loop.hpp"

#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include <thread>

using namespace std::chrono_literals;
using net::awaitable;

namespace {
struct Bell final : net::Deadline {
    explicit Bell(net::Loop& loop) : Deadline{loop} { }
    void expire() override { ++rung; }
    int rung = 0;
};

/// Destroys another deadline when its own passes.
struct Killer final : net::Deadline {
    Killer(net::Loop& loop, std::unique_ptr<Bell> other) : Deadline{loop}, victim{std::move(other)}
    { }
    void expire() override { victim.reset(); }
    std::unique_ptr<Bell> victim;
};

awaitable<void> note(std::vector<int>& notes, int first, int second)
{
    notes.push_back(first);
    co_await net::yield();
    notes.push_back(second);
}

awaitable<void> fail(const char* why)
{
    co_await net::yield();
    throw std::runtime_error{why};
}

awaitable<void> advance_and_sweep(net::Loop& loop, net::TestEnv& env,
                                  std::chrono::milliseconds time)
{
    for (int i = 0; i < 3; ++i)
        co_await net::yield();
    env.advance(time);
    loop.sweep_deadlines();
}
}

TEST_CASE("a deadline rings once, when its time has passed and not before")
{
    net::TestEnv env;
    net::Loop loop{env};
    Bell bell{loop};
    const auto limit = GENERATE(1ms, 249ms, 250ms, 300ms, 1000ms, 68s, 69s, 300s, 3600s, 240h);
    bell.expires_after(limit);
    env.advance(limit - 1ms);
    loop.sweep_deadlines();
    CHECK(bell.rung == 0);
    CHECK_FALSE(bell.has_passed());
    env.advance(1ms);
    loop.sweep_deadlines();
    CHECK(bell.rung == 1);
    CHECK(bell.has_passed());
    env.advance(300h);
    loop.sweep_deadlines();
    CHECK(bell.rung == 1);
}

TEST_CASE("a deadline may be moved later, earlier, away and back")
{
    net::TestEnv env;
    net::Loop loop{env};
    Bell bell{loop};
    bell.expires_after(1s);
    env.advance(900ms);
    bell.expires_after(10s);
    env.advance(9s);
    loop.sweep_deadlines();
    CHECK(bell.rung == 0);
    bell.expires_after(100ms);
    env.advance(99ms);
    loop.sweep_deadlines();
    CHECK(bell.rung == 0);
    env.advance(1ms);
    loop.sweep_deadlines();
    CHECK(bell.rung == 1);
    bell.expires_after(100ms);
    bell.never();
    env.advance(1h);
    loop.sweep_deadlines();
    CHECK(bell.rung == 1);
    bell.expires_after(100ms);
    env.advance(100ms);
    loop.sweep_deadlines();
    CHECK(bell.rung == 2);
    bell.expires_after(std::chrono::milliseconds::max());
    env.advance(1h);
    loop.sweep_deadlines();
    CHECK(bell.rung == 2);
}

TEST_CASE("each of many deadlines is exact in a random life")
{
    net::TestEnv env{7};
    net::Loop loop{env};
    std::vector<std::unique_ptr<Bell>> bells(200);
    std::vector<std::int64_t> due(bells.size());
    std::vector<int> expected(bells.size());
    std::int64_t now = 0;
    for (auto& bell : bells)
        bell = std::make_unique<Bell>(loop);
    const auto random = [&env](std::uint64_t below) {
        std::uint64_t word = 0;
        env.random({reinterpret_cast<std::uint8_t*>(&word), sizeof word});
        return static_cast<std::int64_t>(word % below);
    };
    for (int round = 0; round < 3000; ++round) {
        const auto i = static_cast<std::size_t>(random(bells.size()));
        const std::int64_t limit = 1 + random(round % 3 == 0 ? 200'000 : 2'000);
        bells[i]->expires_after(std::chrono::milliseconds{limit});
        due[i] = now + limit;
        const std::int64_t step = random(round % 50 == 0 ? 100'000 : 300);
        env.advance(std::chrono::milliseconds{step});
        now += step;
        loop.sweep_deadlines();
        for (std::size_t k = 0; k < bells.size(); ++k) {
            if (due[k] != 0 && due[k] <= now) {
                ++expected[k];
                due[k] = 0;
            }
            REQUIRE(bells[k]->rung == expected[k]);
        }
    }
}

TEST_CASE("a deadline may destroy others that pass in the same sweep")
{
    net::TestEnv env;
    net::Loop loop{env};
    Killer killer{loop, std::make_unique<Bell>(loop)};
    killer.expires_after(10ms);
    killer.victim->expires_after(20ms);
    env.advance(1s);
    loop.sweep_deadlines();
    CHECK_FALSE(killer.victim);
}

TEST_CASE("a deadline alone does not keep a loop running")
{
    net::Loop loop{net::Env::real()};
    Bell bell{loop};
    bell.expires_after(1h);
    support::run(loop, net::sleep(5ms));
    support::run(loop, net::sleep(5ms));
    CHECK(bell.rung == 0);
}

TEST_CASE("the loop's own timer finds passed deadlines")
{
    net::Loop loop{net::Env::real()};
    Bell bell{loop};
    bell.expires_after(1ms);
    support::run(loop, [](Bell& watched) -> awaitable<void> {
        while (watched.rung == 0)
            co_await net::sleep(5ms);
    }(bell));
    CHECK(bell.rung == 1);
}

TEST_CASE("all() runs its work interleaved and waits for every one")
{
    net::Loop loop{net::Env::real()};
    std::vector<int> notes;
    std::vector<awaitable<void>> work;
    work.push_back(note(notes, 1, 3));
    work.push_back(note(notes, 2, 4));
    support::run(loop, net::all(std::move(work)));
    CHECK(notes == std::vector{1, 2, 3, 4});
    CHECK_NOTHROW(support::run(loop, net::all({})));
}

TEST_CASE("all() rethrows the first throw after the others ended")
{
    net::Loop loop{net::Env::real()};
    std::vector<int> notes;
    std::vector<awaitable<void>> work;
    work.push_back(fail("first"));
    work.push_back(note(notes, 1, 2));
    work.push_back(fail("second"));
    CHECK_THROWS_WITH(support::run(loop, net::all(std::move(work))), "first");
    CHECK(notes == std::vector{1, 2});
}

TEST_CASE("with_deadline ends work that hangs in an event, a sleep, or several of them")
{
    net::TestEnv env;
    net::Loop loop{env};
    net::Event never;
    std::vector<awaitable<void>> both;
    both.push_back(never.wait());
    both.push_back(net::sleep(1h));
    const int kind = GENERATE(0, 1, 2, 3);
    auto work = kind == 0 ? never.wait()
        : kind == 1       ? net::sleep(1h)
        : kind == 2       ? net::all(std::move(both))
                          : net::with_deadline(never.wait(), 1h);
    CHECK_THROWS_AS(support::run(loop, net::with_deadline(std::move(work), 50ms),
                                 advance_and_sweep(loop, env, 50ms)),
                    net::TimedOut);
}

TEST_CASE("with_deadline leaves alone what ends in time")
{
    net::TestEnv env;
    net::Loop loop{env};
    std::vector<int> notes;
    support::run(loop, net::with_deadline(note(notes, 1, 2), 50ms));
    CHECK(notes == std::vector{1, 2});
    CHECK_THROWS_WITH(support::run(loop, net::with_deadline(fail("inside"), 50ms)), "inside");
}

TEST_CASE("an event wakes all who wait, and those who come later at once")
{
    net::Loop loop{net::Env::real()};
    net::Event event;
    int woken = 0;
    const auto wait = [](net::Event& on, int& count) -> awaitable<void> {
        co_await on.wait();
        ++count;
    };
    const auto set = [](net::Event& on) -> awaitable<void> {
        co_await net::yield();
        on.set();
        on.set();
    };
    support::run(loop, wait(event, woken), wait(event, woken), set(event));
    CHECK(woken == 2);
    support::run(loop, wait(event, woken));
    CHECK(woken == 3);
}

TEST_CASE("wait_for tells a set event from a passed limit")
{
    net::TestEnv env;
    net::Loop loop{env};
    net::Event event;
    bool was_set = true;
    const auto wait = [](net::Event& on, bool& result) -> awaitable<void> {
        result = co_await on.wait_for(1s);
    };
    support::run(loop, wait(event, was_set), advance_and_sweep(loop, env, 1s));
    CHECK_FALSE(was_set);
    event.set();
    support::run(loop, wait(event, was_set));
    CHECK(was_set);
}

TEST_CASE("sleep follows the loop's clock")
{
    net::TestEnv env;
    net::Loop loop{env};
    support::run(loop, net::sleep(24h), advance_and_sweep(loop, env, 24h));
    SUCCEED("it ended");
}

TEST_CASE("a loop that ends takes its sleeping coroutines along")
{
    struct Witness {
        int& count;
        ~Witness() { ++count; }
    };
    int destroyed = 0;
    {
        net::Loop loop{net::Env::real()};
        net::Event never;
        const auto wait = [](net::Event on, int& count) -> awaitable<void> {
            const Witness witness{count};
            std::vector<awaitable<void>> work;
            work.push_back(on.wait());
            work.push_back(net::sleep(1h));
            co_await net::with_deadline(net::all(std::move(work)), 1h);
        };
        loop.spawn("sleeper", wait(never, destroyed));
        loop.post([&loop] { loop.stop(); });
        loop.run();
        CHECK(loop.running() == 1);
    }
    CHECK(destroyed == 1);
}

TEST_CASE("post queues work from any thread")
{
    net::Loop loop{net::Env::real()};
    net::Event done;
    int count = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i)
                loop.post([&] {
                    if (++count == 4000)
                        done.set();
                });
        });
    support::run(loop, done.wait());
    CHECK(count == 4000);
}

TEST_CASE("a turn over 20 ms is counted as a stall")
{
    net::Loop loop{net::Env::real()};
    const auto before = net::Loop::stalls();
    support::run(loop, [](net::Env& env) -> awaitable<void> {
        co_await net::yield();
        const auto end = env.now() + 25ms;
        while (env.now() < end) { }
        co_await net::yield();
    }(net::Env::real()));
    CHECK(net::Loop::stalls() > before);
    CHECK(net::Loop::longest_turn() >= 25ms);
}

TEST_CASE("waiting is no stall")
{
    net::Loop loop{net::Env::real()};
    const auto before = net::Loop::stalls();
    support::run(loop, []() -> awaitable<void> {
        for (int i = 0; i < 5; ++i)
            co_await net::sleep(30ms);
    }());
    // A busy machine may take the CPU away for a while, but hardly each time.
    CHECK(net::Loop::stalls() < before + 5);
}
