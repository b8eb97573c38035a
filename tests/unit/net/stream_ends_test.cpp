// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/stream.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <string>

using net::awaitable;
using net::Stream;

namespace {
awaitable<void> hear_why(Stream near, std::string& words)
{
    const std::string much(1U << 20, 'x');
    const std::string_view piece = much;
    try {
        for (;;)
            co_await near.write({&piece, 1});
    } catch (const net::ConnectionLost&) {
        words = near.last_words(7);
    }
}

awaitable<void> hang_up(Stream far)
{
    far.queue("too much");
    co_await far.flush();
    far.close();
}
}

TEST_CASE("what the peer said before it hung up can be read after a write has failed")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    std::string words;
    support::run(loop, hang_up(std::move(far)), hear_why(std::move(near), words));
    CHECK(words == "too muc");
}

TEST_CASE("a Unix socket that is not there, or whose path is too long, is a lost connection")
{
    net::Loop loop{net::Env::real()};
    const auto connect = [](std::string path) -> awaitable<void> {
        Stream::connect_local(path);
        co_return;
    };
    CHECK_THROWS_AS(support::run(loop, connect("/nonexistent/socket")), net::ConnectionLost);
    CHECK_THROWS_AS(support::run(loop, connect(std::string(200, 'x'))), net::ConnectionLost);
}
