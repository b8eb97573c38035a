// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/host_names.hpp"
#include "gateway/net/worker_pool.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace std::chrono_literals;
using net::awaitable;
using Addresses = std::vector<net::Endpoint>;

namespace {
awaitable<void> ask(net::HostNames& resolver, std::string host, std::uint16_t port, Addresses& into)
{
    into = co_await resolver.addresses(host, port);
}

Addresses ask_now(net::Loop& loop, net::HostNames& resolver, const std::string& host)
{
    Addresses result;
    support::run(loop, ask(resolver, host, 25, result));
    return result;
}
}

TEST_CASE("literals and names nobody can ask for need no look-up")
{
    net::Loop loop{net::Env::real()};
    net::WorkerPool pool{1};
    std::atomic<int> asked{0};
    net::HostNames resolver{pool, [&](const std::string&) {
                                ++asked;
                                return Addresses{};
                            }};
    CHECK(ask_now(loop, resolver, "192.0.2.1").at(0).to_string() == "192.0.2.1:25");
    CHECK(ask_now(loop, resolver, "2001:db8::1").at(0).to_string() == "[2001:db8::1]:25");
    CHECK(ask_now(loop, resolver, "").empty());
    CHECK(ask_now(loop, resolver, std::string(255, 'a')).empty());
    CHECK(ask_now(loop, resolver, std::string{"a\0b", 3}).empty());
    CHECK(asked == 0);
}

TEST_CASE("answers are kept for a minute, failures for five seconds")
{
    net::TestEnv env;
    net::Loop loop{env};
    net::WorkerPool pool{1};
    std::atomic<int> asked{0};
    net::HostNames resolver{pool, [&](const std::string& host) {
                                ++asked;
                                if (host == "throws.test")
                                    throw std::runtime_error{"no"};
                                return host == "good.test"
                                    ? Addresses{*net::parse_address("192.0.2.7", 0)}
                                    : Addresses{};
                            }};
    CHECK(ask_now(loop, resolver, "good.test").at(0).to_string() == "192.0.2.7:25");
    env.advance(59s);
    CHECK(ask_now(loop, resolver, "good.test").size() == 1);
    CHECK(asked == 1);
    env.advance(1s);
    CHECK(ask_now(loop, resolver, "good.test").size() == 1);
    CHECK(asked == 2);
    CHECK(ask_now(loop, resolver, "bad.test").empty());
    CHECK(ask_now(loop, resolver, "throws.test").empty());
    env.advance(4s);
    CHECK(ask_now(loop, resolver, "bad.test").empty());
    CHECK(asked == 4);
    env.advance(1s);
    CHECK(ask_now(loop, resolver, "bad.test").empty());
    CHECK(asked == 5);
}

TEST_CASE("those who ask for one name at once share a look-up, on all loops")
{
    net::WorkerPool pool{4};
    std::atomic<int> asked{0};
    std::atomic<int> waiting{0};
    net::HostNames resolver{pool, [&](const std::string&) {
                                ++asked;
                                for (int seen = waiting; seen < 6; seen = waiting)
                                    waiting.wait(seen);
                                return Addresses{*net::parse_address("192.0.2.7", 0)};
                            }};
    const auto announce = [](std::atomic<int>& count) -> awaitable<void> {
        ++count;
        count.notify_all();
        co_return;
    };
    std::array<Addresses, 6> results;
    const auto run = [&](std::size_t first) {
        net::Loop loop{net::Env::real()};
        support::run(loop, ask(resolver, "a.test", 1, results[first]), announce(waiting),
                     ask(resolver, "a.test", 2, results[first + 1]), announce(waiting),
                     ask(resolver, "a.test", 3, results[first + 2]), announce(waiting));
    };
    std::jthread other{run, 0U};
    run(3);
    other.join();
    CHECK(asked == 1);
    for (std::size_t i = 0; i < results.size(); ++i)
        CHECK(results[i].at(0).port == i % 3 + 1);
}

TEST_CASE("the cache is bounded")
{
    net::Loop loop{net::Env::real()};
    net::WorkerPool pool{1};
    std::atomic<int> asked{0};
    net::HostNames resolver{pool, [&](const std::string&) {
                                ++asked;
                                return Addresses{*net::parse_address("192.0.2.7", 0)};
                            }};
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 2000; ++i)
            ask_now(loop, resolver, "host" + std::to_string(i) + ".test");
    CHECK(asked >= 2000 + 2000 - 1024);
}

TEST_CASE("the system's look-up knows localhost")
{
    net::Loop loop{net::Env::real()};
    net::WorkerPool pool{1};
    net::HostNames resolver{pool};
    const auto found = ask_now(loop, resolver, "localhost");
    REQUIRE_FALSE(found.empty());
    CHECK((found[0].address() == "127.0.0.1" || found[0].address() == "::1"));
}

TEST_CASE("a resolver may go before its answers come")
{
    std::atomic<bool> may_answer{false};
    net::WorkerPool pool{1};
    net::Loop loop{net::Env::real()};
    Addresses result;
    {
        net::HostNames resolver{pool, [&](const std::string&) {
                                    may_answer.wait(false);
                                    return Addresses{*net::parse_address("192.0.2.7", 0)};
                                }};
        loop.spawn("ask", ask(resolver, "a.test", 25, result));
        loop.post([&loop] { loop.stop(); });
        loop.run();
    }
    may_answer = true;
    may_answer.notify_all();
    loop.run();
    CHECK(result.size() == 1);
}
