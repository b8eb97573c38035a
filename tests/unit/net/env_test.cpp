// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/env.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <set>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("a test's time stands still until it is moved, and both clocks move as one")
{
    net::TestEnv env;
    const auto steady = env.now();
    const auto wall = env.wall_now();
    CHECK(env.now() == steady);
    env.advance(90min);
    CHECK(env.now() - steady == 90min);
    CHECK(env.wall_now() - wall == 90min);
    CHECK(std::chrono::system_clock::to_time_t(wall) == 1767225600);
}

TEST_CASE("a test's chance repeats with its seed")
{
    std::array<std::uint8_t, 20> first{};
    std::array<std::uint8_t, 20> again{};
    std::array<std::uint8_t, 20> other{};
    net::TestEnv{3}.random(first);
    net::TestEnv{3}.random(again);
    net::TestEnv{4}.random(other);
    CHECK(first == again);
    CHECK(first != other);
}

TEST_CASE("the system's random bytes do not repeat, whatever is asked for")
{
    std::set<std::array<std::uint8_t, 16>> seen;
    for (int i = 0; i < 10'000; ++i) {
        std::array<std::uint8_t, 16> bytes{};
        net::Env::real().random(bytes);
        seen.insert(bytes);
    }
    CHECK(seen.size() == 10'000);
    std::vector<std::uint8_t> many(100'000);
    net::Env::real().random(many);
    CHECK(std::set<std::uint8_t>(many.end() - 10'000, many.end()).size() == 256);
}

TEST_CASE("a forked process does not repeat its parent's random bytes")
{
    std::array<std::uint8_t, 16> ours{};
    net::Env::real().random(ours);
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::array<std::uint8_t, 16> bytes{};
        net::Env::real().random(bytes);
        const bool is_written = ::write(ends[1], bytes.data(), bytes.size()) == 16;
        ::_exit(is_written ? 0 : 1);
    }
    std::array<std::uint8_t, 16> theirs{};
    CHECK(::read(ends[0], theirs.data(), theirs.size()) == 16);
    net::Env::real().random(ours);
    CHECK(ours != theirs);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    ::close(ends[0]);
    ::close(ends[1]);
}
