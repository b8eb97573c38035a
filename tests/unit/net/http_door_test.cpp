// SPDX-License-Identifier: Apache-2.0
// HTTP for the world at large: large answers, limits of many, what two servers could misread.
#include "gateway/net/http.hpp"
#include "gateway/net/listener.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <unistd.h>

using namespace std::chrono_literals;
using net::awaitable;
using net::HttpRequest;
using net::HttpResponse;
using net::Stream;

namespace {
awaitable<HttpResponse> echo(HttpRequest request)
{
    co_await net::yield();
    co_return HttpResponse{.body = request.body, .headers = {{"X-Uid", "handler"}}};
}

int count(const std::string& text, std::string_view part)
{
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

/// Serves on loopback what it is made with, with a door of its own.
struct PlainServer {
    PlainServer(net::HttpHandler handler, net::HttpLimits limits, net::HttpDoor door = {})
        : descriptor{*net::open_tcp_listener("127.0.0.1:0")},
          server{loop, descriptor, std::move(handler), limits, std::move(door)}
    {
        server.start();
    }
    ~PlainServer() { ::close(descriptor); }
    static awaitable<void> exchange(PlainServer& with, std::string text, std::string& answer)
    {
        auto stream = co_await Stream::connect(net::bound_address(with.descriptor), 5s);
        stream.queue(text);
        std::array<char, 4096> space{};
        try {
            for (;;) {
                const std::size_t size = co_await stream.read_some(space);
                answer.append(space.data(), size);
            }
        } catch (const net::ConnectionLost&) { }
        with.server.stop();
    }
    std::string answer_to(const std::string& text)
    {
        std::string answer;
        support::run(loop, exchange(*this, text, answer));
        return answer;
    }
    net::Loop loop{net::Env::real()};
    int descriptor;
    net::HttpServer server;
};

/// A body of three pieces, and its end.
awaitable<std::string> next_piece(std::shared_ptr<int> left)
{
    co_await net::yield();
    co_return *left > 0 ? std::string(static_cast<std::size_t>((*left)--), 'x') : std::string{};
}

awaitable<HttpResponse> in_pieces(HttpRequest request)
{
    co_await net::yield();
    HttpResponse response{.content_type = "text/plain"};
    const auto left = std::make_shared<int>(3);
    response.more = [left] { return next_piece(left); };
    if (request.target == "/known")
        response.length = 6;
    if (request.target == "/none")
        response.status = 204;
    co_return response;
}
}

TEST_CASE("a body in pieces has its length or is chunked, and the next answer follows it")
{
    PlainServer server{in_pieces, {}};
    const auto answer = server.answer_to("GET /chunked HTTP/1.1\r\nHost: a\r\n\r\n"
                                         "GET /known HTTP/1.1\r\nHost: a\r\n\r\n"
                                         "DELETE /none HTTP/1.1\r\nHost: a\r\n\r\n"
                                         "HEAD /known HTTP/1.1\r\nHost: a\r\n\r\n"
                                         "GET /known HTTP/1.1\r\nConnection: close\r\n\r\n");
    CHECK(count(answer, "\r\n\r\n3\r\nxxx\r\n2\r\nxx\r\n1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 ") == 1);
    CHECK(count(answer, "Content-Length: 6\r\n") == 3);
    CHECK(count(answer, "keep-alive\r\n\r\nxxxxxxHTTP/1.1 204 ") == 1);
    CHECK(count(answer, "keep-alive\r\n\r\nHTTP/1.1 ") == 2); // behind 204 and HEAD
    CHECK(answer.ends_with("close\r\n\r\nxxxxxx"));
}

TEST_CASE("a door's header fields stand in every answer, refusals too")
{
    PlainServer server{echo, {}, {.headers = {{"X-Door", "1"}, {"x-uid", "door"}}}};
    const auto answer = server.answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n");
    CHECK(count(answer, "X-Door: 1\r\n") == 2);
    CHECK(count(answer, "X-Uid: handler\r\n") == 1); // the handler's own comes first
    CHECK(count(answer, "x-uid: door\r\n") == 1); // in the refusal alone
}

TEST_CASE("framing that two servers could read in two ways is refused")
{
    for (const std::string fields :
         {"Content-Length: 4\r\nContent-Length: 4\r\n", "Transfer-Encoding: identity\r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
        CAPTURE(fields);
        PlainServer server{echo, {}};
        const auto answer = server.answer_to("POST / HTTP/1.1\r\n" + fields + "\r\n0\r\n\r\n");
        CHECK(answer.starts_with("HTTP/1.1 400 "));
        CHECK(count(answer, "HTTP/1.1 ") == 1);
    }
}

TEST_CASE("bodies of all connections together have a limit")
{
    PlainServer server{echo, {.bodies = 1000}};
    const auto answer = server.answer_to(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
    CHECK(answer.starts_with("HTTP/1.1 503 "));
}

TEST_CASE("when full, the connection that is idle longest makes room; strangers have a share")
{
    PlainServer server{
        echo,
        {.connections = 2, .strangers = 1, .is_idle_reaped = true},
        {.is_stranger = [](const net::Endpoint& peer) { return peer.address() == "127.0.0.9"; }}};
    const auto talk = [](PlainServer& with) -> awaitable<void> {
        const auto to = net::bound_address(with.descriptor);
        const auto stranger = *net::parse_address("127.0.0.9", 0);
        std::array<char, 64> space{};
        auto first = co_await Stream::connect(to, 5s, stranger);
        auto second = co_await Stream::connect(to, 5s, stranger);
        auto line = co_await second.read_line(100);
        CHECK(line.text == "HTTP/1.1 503 Service Unavailable");
        auto third = co_await Stream::connect(to, 5s);
        auto fourth = co_await Stream::connect(to, 5s);
        CHECK_THROWS_AS(co_await first.read_some(space), net::ConnectionLost);
        fourth.queue("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        line = co_await fourth.read_line(100);
        CHECK(line.text == "HTTP/1.1 200 OK");
        with.server.stop();
    };
    support::run(server.loop, talk(server));
}

TEST_CASE("who connected before the server stops is still answered, and the others are let go")
{
    PlainServer server{echo, {}};
    const auto talk = [](PlainServer& with) -> awaitable<void> {
        const auto to = net::bound_address(with.descriptor);
        auto answered = co_await Stream::connect(to, 5s);
        answered.queue("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        std::array<char, 4096> space{};
        co_await answered.read_some(space);
        auto fresh = co_await Stream::connect(to, 5s);
        while (with.server.connections() < 2)
            co_await net::yield();
        with.server.stop();
        CHECK_THROWS_AS(co_await answered.read_some(space), net::ConnectionLost);
        CHECK(with.server.busy() == 1);
        fresh.queue("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto line = co_await fresh.read_line(100);
        CHECK(line.text == "HTTP/1.1 200 OK");
    };
    support::run(server.loop, talk(server));
    CHECK(server.server.busy() == 0);
}
