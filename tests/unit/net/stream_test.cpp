// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/listener.hpp"
#include "gateway/net/stream.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::chrono_literals;
using net::awaitable;
using net::Stream;

namespace {
struct Seen {
    std::string text;
    bool is_terminated;
    bool has_bare_lf;
    bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen)
{
    return out << '"' << seen.text << "\" " << seen.is_terminated << seen.has_bare_lf;
}

/// Sends text in steps of `step` bytes, letting the reader see each, then closes.
awaitable<void> send_in_steps(Stream stream, std::string text, std::size_t step)
{
    for (std::size_t at = 0; at < text.size(); at += step) {
        stream.queue(std::string_view{text}.substr(at, step));
        co_await stream.flush();
        co_await net::yield();
        co_await net::yield();
    }
    stream.close();
}

awaitable<void> read_lines(Stream stream, std::size_t limit, std::vector<Seen>& seen)
{
    try {
        for (;;) {
            auto line = co_await stream.read_line(limit);
            seen.push_back({std::string{line.text}, line.is_terminated, line.has_bare_lf});
        }
    } catch (const net::ConnectionLost&) { }
}

std::vector<Seen> lines_of(const std::string& text, std::size_t limit, std::size_t step)
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    std::vector<Seen> seen;
    support::run(loop, send_in_steps(std::move(far), text, step),
                 read_lines(std::move(near), limit, seen));
    return seen;
}

/// Bytes that tell where they are.
std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>((i * 2654435761U) >> 13);
    return text;
}

awaitable<void> read_all(Stream& stream, std::string& into, std::size_t chunk)
{
    std::string space(chunk, '\0');
    try {
        for (;;) {
            const std::size_t size = co_await stream.read_some(space);
            into.append(space, 0, size);
        }
    } catch (const net::ConnectionLost&) { }
}
}

TEST_CASE("lines come out the same however the bytes arrive")
{
    const std::string text = "EHLO a\r\n\r\nbare\nwith\rinside\r\n" + std::string(600, 'x') + "\r\n"
        + std::string(2048, 'y') + "\r\n" + std::string(2049, 'z') + "\r\nlast\r\nhalf";
    const std::vector<Seen> expected{{"EHLO a", true, false},
                                     {"", true, false},
                                     {"bare", true, true},
                                     {"with\rinside", true, false},
                                     {std::string(600, 'x'), true, false},
                                     {std::string(2048, 'y'), true, false},
                                     {std::string(2048, 'z'), false, false},
                                     {"last", true, false}};
    for (const std::size_t step :
         {1UL, 2UL, 3UL, 7UL, 255UL, 511UL, 512UL, 513UL, 4096UL, 100000UL})
        CHECK(lines_of(text, 2048, step) == expected);
}

TEST_CASE("a line too long is cut and what follows it is read")
{
    for (const std::size_t step : {1UL, 5UL, 512UL, 100000UL}) {
        CHECK(lines_of("123456789\r\nab\r\n", 4, step)
              == std::vector<Seen>{{"1234", false, false}, {"ab", true, false}});
        CHECK(lines_of("1234\r\n", std::string::npos, step)
              == std::vector<Seen>{{"1234", true, false}});
        CHECK(lines_of("\r\nab\r\n", 0, step)
              == std::vector<Seen>{{"", true, false}, {"", false, false}});
        CHECK(lines_of("1234\r\n", 4, step) == std::vector<Seen>{{"1234", true, false}});
        CHECK(lines_of("1234\n", 4, step) == std::vector<Seen>{{"1234", true, true}});
        CHECK(lines_of("1234\r5\nab\n", 4, step)
              == std::vector<Seen>{{"1234", false, false}, {"ab", true, true}});
        CHECK(lines_of(std::string(300'000, 'x') + "\nab\n", 4, std::max(step, 500UL))
              == std::vector<Seen>{{"xxxx", false, false}, {"ab", true, true}});
    }
}

TEST_CASE("pipelined lines wait in the buffer and need no read")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    const auto talk = [](Stream& client, Stream& server) -> awaitable<void> {
        client.queue("one\r\ntwo\r\nthr");
        co_await client.flush();
        CHECK_FALSE(server.has_line());
        auto line = co_await server.read_line(100);
        CHECK(line.text == "one");
        CHECK(server.has_line());
        server.queue("reply to one\r\n");
        line = co_await server.read_line(100);
        CHECK(line.text == "two");
        CHECK_FALSE(server.has_line());
        CHECK(server.buffered() == 3);
        CHECK(client.readable_now() == 0);
        client.queue("ee\r\n");
        co_await client.flush();
        line = co_await server.read_line(100);
        CHECK(line.text == "three");
        CHECK(client.readable_now() == 14);
    };
    support::run(loop, talk(near, far));
}

TEST_CASE("what is given back is read next")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    const auto talk = [](Stream& client, Stream& server) -> awaitable<void> {
        client.queue("body.QUIT\r\nrest");
        co_await client.flush();
        std::array<char, 64> space{};
        auto size = co_await server.read_some(space);
        CHECK(size == 15);
        server.unread("QUIT\r\nrest");
        CHECK(server.has_line());
        auto line = co_await server.read_line(100);
        CHECK(line.text == "QUIT");
        server.unread(std::string(70'000, 'u') + "\r\n");
        line = co_await server.read_line(100'000);
        CHECK(line.text == std::string(70'000, 'u'));
        server.unread("12");
        server.unread("ab");
        size = co_await server.read_some(space);
        CHECK(std::string_view{space.data(), size} == "ab12rest");
        CHECK(server.buffered() == 0);
    };
    support::run(loop, talk(near, far));
}

TEST_CASE("a long write reaches a slow reader whole, queue first")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    const std::string body = pattern(5 * 1024 * 1024);
    const auto send = [](Stream stream, const std::string& text) -> awaitable<void> {
        std::vector<std::string_view> pieces;
        std::string_view rest = text;
        for (std::size_t size = 0; !rest.empty(); size = (size * 5 + 3) % 70'000) {
            pieces.push_back(rest.substr(0, size));
            rest.remove_prefix(std::min(size, rest.size()));
        }
        stream.queue("stamp\r\n");
        co_await stream.write(pieces);
        stream.close();
    };
    const auto read_slowly = [](Stream stream, std::string& into) -> awaitable<void> {
        for (int i = 0; i < 10; ++i)
            co_await net::sleep(1ms);
        co_await read_all(stream, into, 50'000);
    };
    std::string received;
    support::run(loop, send(std::move(near), body), read_slowly(std::move(far), received));
    CHECK(received.size() == body.size() + 7);
    CHECK(received == "stamp\r\n" + body);
}

TEST_CASE("a peer that closes in the midst of a line is lost, and stays lost")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    const auto talk = [](Stream& client, Stream& server) -> awaitable<void> {
        client.queue("half");
        client.close();
        CHECK_THROWS_WITH(co_await server.read_line(100), "the peer closed the connection");
        CHECK_THROWS_AS(co_await server.read_line(100), net::ConnectionLost);
        server.queue("too late\r\n");
        CHECK_THROWS_AS(co_await server.flush(), net::ConnectionLost);
        CHECK_THROWS_AS(co_await client.read_line(100), net::ConnectionLost);
    };
    support::run(loop, talk(near, far));
}

namespace {
awaitable<void> advance(net::Loop& loop, net::TestEnv& env, std::chrono::milliseconds time)
{
    for (int i = 0; i < 3; ++i)
        co_await net::yield();
    env.advance(time);
    loop.sweep_deadlines();
}
}

TEST_CASE("a read ends when its deadline passes, and goes on after a new one")
{
    net::TestEnv env;
    net::Loop loop{env};
    auto [near, far] = net::stream_pair(loop);
    near.expires_after(30s);
    const auto read = [](Stream& server) -> awaitable<void> {
        CHECK_THROWS_AS(co_await server.read_line(100), net::TimedOut);
        CHECK_THROWS_AS(co_await server.read_line(100), net::TimedOut);
        server.expires_after(30s);
        server.queue("421 too slow\r\n");
        co_await server.flush();
    };
    support::run(loop, read(near), advance(loop, env, 30s));
    CHECK(far.readable_now() == 14);
}

TEST_CASE("a stream nobody gave a deadline has one")
{
    net::TestEnv env;
    net::Loop loop{env};
    auto [near, far] = net::stream_pair(loop);
    const auto read = [](Stream& server) -> awaitable<void> { co_await server.read_line(100); };
    CHECK_THROWS_AS(support::run(loop, read(near), advance(loop, env, 5min)), net::TimedOut);
}

TEST_CASE("nothing follows a write that was cut short by its deadline")
{
    net::TestEnv env;
    net::Loop loop{env};
    auto [near, far] = net::stream_pair(loop);
    const auto write = [](Stream& sender) -> awaitable<void> {
        const std::string body(8 * 1024 * 1024, 'x');
        const std::string_view piece = body;
        sender.expires_after(10s);
        CHECK_THROWS_AS(co_await sender.write({&piece, 1}), net::TimedOut);
        sender.expires_after(10s);
        sender.queue("QUIT\r\n");
        CHECK_THROWS_AS(co_await sender.flush(), net::ConnectionLost);
    };
    // The writer yields once per 256 KiB before it finds the socket full.
    support::run(loop, write(near), [](net::Loop& on, net::TestEnv& time) -> awaitable<void> {
        for (int i = 0; i < 100; ++i)
            co_await net::yield();
        time.advance(10s);
        on.sweep_deadlines();
    }(loop, env));
}

TEST_CASE("cancel ends a waiting read, from outside")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    const auto read = [](Stream& server) -> awaitable<void> { co_await server.read_line(100); };
    const auto cancel = [](Stream& server) -> awaitable<void> {
        co_await net::yield();
        server.cancel();
    };
    CHECK_THROWS_WITH(support::run(loop, read(near), cancel(near)), "cancelled");
}

TEST_CASE("with_deadline ends a waiting read")
{
    net::TestEnv env;
    net::Loop loop{env};
    auto [near, far] = net::stream_pair(loop);
    const auto read = [](Stream& server) -> awaitable<void> { co_await server.read_line(100); };
    CHECK_THROWS_AS(
        support::run(loop, net::with_deadline(read(near), 10s), advance(loop, env, 10s)),
        net::TimedOut);
    const auto talk = [](Stream& client, Stream& server) -> awaitable<void> {
        client.queue("still here\r\n");
        co_await client.flush();
        auto line = co_await server.read_line(100);
        CHECK(line.text == "still here");
    };
    support::run(loop, talk(far, near));
}

TEST_CASE("a stream over TCP knows its ends and when all is acknowledged")
{
    net::Loop loop{net::Env::real()};
    const int listening = *net::open_tcp_listener("127.0.0.1:0");
    std::optional<Stream> served;
    net::Listener listener{loop, listening, [&](int descriptor, const net::Endpoint&) {
                               served.emplace(loop, descriptor);
                               listener.stop();
                           }};
    listener.start();
    const auto connect = [](net::Endpoint to) -> awaitable<void> {
        auto stream = co_await Stream::connect(to, 5s);
        CHECK(stream.peer() == to);
        CHECK(stream.local().address() == "127.0.0.1");
        CHECK(stream.local().port != 0);
        stream.queue("hello\r\n");
        co_await stream.flush();
        while (!stream.is_all_acknowledged())
            co_await net::yield();
    };
    support::run(loop, connect(net::bound_address(listening)));
    REQUIRE(served);
    CHECK(served->peer().address() == "127.0.0.1");
    CHECK(served->readable_now() == 7);
    ::close(listening);
}

TEST_CASE("a refused connection is lost at once")
{
    net::Loop loop{net::Env::real()};
    const int listening = *net::open_tcp_listener("127.0.0.1:0");
    const auto nobody = net::bound_address(listening);
    ::close(listening);
    const auto connect
        = [](net::Endpoint to) -> awaitable<void> { co_await Stream::connect(to, 5s); };
    CHECK_THROWS_WITH(support::run(loop, connect(nobody)), "Connection refused");
}

TEST_CASE("the last words arrive although the peer's input was never read")
{
    net::Loop loop{net::Env::real()};
    const int listening = *net::open_tcp_listener("127.0.0.1:0");
    std::optional<Stream> served;
    net::Listener listener{loop, listening, [&](int descriptor, const net::Endpoint&) {
                               served.emplace(loop, descriptor);
                               listener.stop();
                           }};
    listener.start();
    const auto talk = [](net::Endpoint to, std::optional<Stream>& server) -> awaitable<void> {
        auto client = co_await Stream::connect(to, 5s);
        const std::string much(50'000, 'x');
        client.queue(much);
        co_await client.flush();
        while (!server || server->readable_now() < much.size())
            co_await net::yield();
        server->queue("554 go away\r\n");
        server->close();
        auto line = co_await client.read_line(100);
        CHECK(line.text == "554 go away");
    };
    support::run(loop, talk(net::bound_address(listening), served));
    ::close(listening);
}
