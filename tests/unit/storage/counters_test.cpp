// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/env.hpp"
#include "storage/counters.hpp"
#include "storage/window_shard.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("a window counter counts, and forgets as time goes by")
{
    storage::WindowCounters counters{100, 60s};
    CHECK(counters.window() == 60s);
    // The test's clock begins anywhere within a window: go to the start of one.
    net::TestEnv env;
    env.advance(std::chrono::duration_cast<std::chrono::milliseconds>(
        60s - env.now().time_since_epoch() % 60s));
    CHECK(counters.add(1, 1, env.now()) == Approx(1));
    CHECK(counters.add(1, 4, env.now()) == Approx(5));
    CHECK(counters.add(2, 1, env.now()) == Approx(1));
    env.advance(60s);
    CHECK(counters.add(1, 0, env.now()) == Approx(5));
    env.advance(30s);
    CHECK(counters.add(1, 1, env.now()) == Approx(3.5));
    env.advance(30s);
    CHECK(counters.add(1, 0, env.now()) == Approx(1));
    env.advance(120s);
    CHECK(counters.add(1, 0, env.now()) == Approx(0));
}

TEST_CASE("two loops whose clocks differ by a window's edge lose no count")
{
    storage::WindowShard shard{4};
    shard.add(1, 1, 10, 0.99);
    CHECK(shard.add(1, 1, 11, 0) == Approx(2));
    CHECK(shard.add(1, 1, 10, 0.99) >= 2);
}

TEST_CASE("when a table is full the least recently used key goes")
{
    storage::WindowShard shard{3};
    for (std::uint64_t key = 1; key <= 3; ++key)
        shard.add(key, 1, 0, 0);
    shard.add(1, 1, 0, 0);
    shard.add(4, 1, 0, 0);
    CHECK(shard.size() == 3);
    CHECK(shard.add(1, 0, 0, 0) == 2);
    CHECK(shard.add(3, 0, 0, 0) == 1);
    CHECK(shard.add(4, 0, 0, 0) == 1);
    CHECK(shard.add(2, 0, 0, 0) == 0);
}

TEST_CASE("a million keys never take more room than the capacity")
{
    storage::WindowCounters counters{10'000, 60s};
    net::TestEnv env;
    counters.add(1, 0, env.now());
    CHECK(counters.is_unused());
    for (std::uint64_t key = 0; key < 1'000'000; ++key)
        counters.add(key, 1, env.now());
    CHECK_FALSE(counters.is_unused());
    CHECK(counters.size() <= 10'000);
    CHECK(counters.size() > 9'000);
}

TEST_CASE("open counters stop at the limit and take no room at zero")
{
    storage::OpenCounters counters;
    CHECK(counters.enter(7, 2) == 1);
    CHECK(counters.enter(7, 2) == 2);
    CHECK(counters.enter(7, 2) == 0);
    CHECK(counters.count(7) == 2);
    CHECK(counters.enter(8, 0) == 0);
    CHECK(counters.size() == 1);
    counters.leave(7);
    CHECK(counters.enter(7, 2) == 2);
    counters.leave(7);
    counters.leave(7);
    counters.leave(7);
    CHECK(counters.size() == 0);
    CHECK(counters.count(7) == 0);
}

TEST_CASE("counters may be used by many threads")
{
    storage::WindowCounters window{1000, 3600s};
    storage::OpenCounters open;
    const auto now = net::TestEnv{}.now();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (std::uint64_t n = 0; n < 10'000; ++n) {
                window.add(n % 100, 1, now);
                if (open.enter(n % 7, 3) > 0)
                    open.leave(n % 7);
            }
        });
    for (auto& thread : threads)
        thread.join();
    double sum = 0;
    for (std::uint64_t key = 0; key < 100; ++key)
        sum += window.add(key, 0, now);
    CHECK(sum == Approx(40'000));
    CHECK(open.size() == 0);
}

TEST_CASE("a counter's key depends on bytes and purpose")
{
    const auto key = [](std::string_view text, std::uint64_t purpose) {
        return storage::counter_key(text.data(), text.size(), purpose);
    };
    CHECK(key("192.0.2.1", 1) == key("192.0.2.1", 1));
    CHECK(key("192.0.2.1", 1) != key("192.0.2.2", 1));
    CHECK(key("192.0.2.1", 1) != key("192.0.2.1", 2));
}
