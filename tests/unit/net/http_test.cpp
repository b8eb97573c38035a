// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http.hpp"
#include "gateway/net/http_text.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/worker_pool.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
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
    if (request.target == "/throws")
        throw std::runtime_error{"handler failed"};
    HttpResponse response{.content_type = "text/plain"};
    response.body = request.method + " " + request.target + " " + request.body;
    if (request.headers.contains("x-echo"))
        response.headers["X-Echo"] = request.headers["x-echo"];
    response.headers["X-Uid"] = std::to_string(request.peer_uid);
    co_return response;
}

/// A server on loopback or a Unix socket, and the loop it runs on.
struct Server {
    explicit Server(net::HttpLimits limits = {}, net::Env& env = net::Env::real())
        : loop{env}, descriptor{*net::open_tcp_listener("127.0.0.1:0")},
          address{net::bound_address(descriptor)}, server{loop, descriptor, echo, limits}
    {
        server.start();
    }
    ~Server() { ::close(descriptor); }

    /// Sends text and returns all that comes back until the server closes.
    static awaitable<void> exchange(Server& with, std::string text, std::string& answer)
    {
        auto stream = co_await Stream::connect(with.address, 5s);
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

    net::Loop loop;
    int descriptor;
    net::Endpoint address;
    net::HttpServer server;
};

int count(const std::string& text, std::string_view part)
{
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

/// A folder of the test's own.
struct Folder {
    Folder()
        : path{std::filesystem::temp_directory_path() / ("net_test_" + std::to_string(::getpid()))}
    {
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};
}

TEST_CASE("a request gets its response, pipelined ones in order")
{
    Server server;
    const std::string answer
        = server.answer_to("GET /one HTTP/1.1\r\nHost: a\r\nX-Echo: hi\r\n\r\n"
                           "POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                           "\r\nbodyPUT /three HTTP/1.1\r\nHost: a\r\n"
                           "Transfer-Encoding: chunked\r\nConnection: close\r\n"
                           "\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    CHECK(count(answer, "HTTP/1.1 200 OK\r\n") == 3);
    CHECK(count(answer, "Connection: keep-alive\r\n") == 2);
    CHECK(count(answer, "Connection: close\r\n") == 1);
    CHECK(count(answer, "X-Echo: hi\r\n") == 1);
    const auto first = answer.find("GET /one ");
    const auto second = answer.find("POST /two body");
    const auto third = answer.find("PUT /three abcde");
    CHECK(first < second);
    CHECK(second < third);
    CHECK(third != std::string::npos);
}

TEST_CASE("what is wrong with a request is told by its status, and the connection ends")
{
    struct Case {
        std::string request;
        std::string answer;
    };
    const Case cases[] = {
        {"GET /throws HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 500 "},
        {"nonsense\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/1.1\r\nbroken header\r\n\r\n", "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "HTTP/1.1 400 "},
        {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'x'),
         "HTTP/1.1 413 "},
        {"GET / HTTP/1.1\r\nX: " + std::string(3000, 'x') + "\r\n\r\n", "HTTP/1.1 431 "},
        {"GET /" + std::string(100'000, 'x'), "HTTP/1.1 431 "},
    };
    for (const Case& one : cases) {
        Server server{{.header = 2048, .body = 1000}};
        const std::string answer = server.answer_to(one.request);
        CHECK(answer.substr(0, one.answer.size()) == one.answer);
        CHECK(count(answer, "HTTP/1.1 ") == 1);
        CHECK(count(answer, "Connection: close\r\n") == 1);
    }
}

TEST_CASE("a body of the limit itself is taken")
{
    Server server{{.body = 1000}};
    const std::string answer = server.answer_to("POST / HTTP/1.1\r\nConnection: close\r\nExpect: "
                                                "100-continue\r\nContent-Length: 1000\r\n\r\n"
                                                + std::string(1000, 'x'));
    CHECK(count(answer, "HTTP/1.1 200 OK\r\n") == 1);
}

TEST_CASE("a client that waits for leave to send its body gets it")
{
    Server server;
    const auto talk = [](Server& with, std::string& answer) -> awaitable<void> {
        auto stream = co_await Stream::connect(with.address, 5s);
        stream.queue("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
                     "Connection: close\r\n\r\n");
        auto line = co_await stream.read_line(100);
        CHECK(line.text == "HTTP/1.1 100 Continue");
        line = co_await stream.read_line(100);
        stream.queue("body");
        line = co_await stream.read_line(100);
        answer = line.text;
        with.server.stop();
    };
    std::string answer;
    support::run(server.loop, talk(server, answer));
    CHECK(answer == "HTTP/1.1 200 OK");
}

TEST_CASE("HEAD gets the length and no body")
{
    Server server;
    const std::string answer = server.answer_to("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
    CHECK(count(answer, "Content-Length: 7\r\n") == 1);
    CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("slow peers are told once their time is up, idle ones are not")
{
    const bool is_idle = GENERATE(true, false);
    net::TestEnv env;
    Server server{{.idle = 60s, .request = 30s}, env};
    const auto pass_time = [](net::Loop& on, net::TestEnv& time, bool idle) -> awaitable<void> {
        for (int i = 0; i < 200; ++i)
            co_await net::yield();
        time.advance(idle ? 60s : 30s);
        on.sweep_deadlines();
    };
    const auto talk = [](Server& with, std::string text, std::string& answer) -> awaitable<void> {
        auto stream = co_await Stream::connect(with.address, 1h);
        stream.queue(text);
        std::array<char, 4096> space{};
        try {
            for (;;) {
                const std::size_t size = co_await stream.read_some(space);
                answer.append(space.data(), size);
            }
        } catch (const net::ConnectionLost&) { }
        with.server.stop();
    };
    std::string answer;
    support::run(server.loop, talk(server, is_idle ? "" : "GET / HTT", answer),
                 pass_time(server.loop, env, is_idle));
    CHECK(answer.substr(0, 13) == (is_idle ? "" : "HTTP/1.1 408 "));
}

TEST_CASE("one connection more than allowed is told that the server is busy")
{
    Server server{{.connections = 1}};
    const auto talk = [](Server& with) -> awaitable<void> {
        auto first = co_await Stream::connect(with.address, 5s);
        first.queue("GET / HTTP/1.1\r\n\r\n");
        auto line = co_await first.read_line(100);
        CHECK(line.text == "HTTP/1.1 200 OK");
        auto second = co_await Stream::connect(with.address, 5s);
        line = co_await second.read_line(100);
        CHECK(line.text == "HTTP/1.1 503 Service Unavailable");
        with.server.stop();
    };
    support::run(server.loop, talk(server));
}

TEST_CASE("a destroyed server ends its connections")
{
    net::Loop loop{net::Env::real()};
    const int descriptor = *net::open_tcp_listener("127.0.0.1:0");
    auto server = std::make_unique<net::HttpServer>(loop, descriptor, echo);
    server->start();
    const auto talk
        = [](net::Endpoint to, std::unique_ptr<net::HttpServer>& with) -> awaitable<void> {
        auto stream = co_await Stream::connect(to, 5s);
        stream.queue("GET / HTTP/1.1\r\n\r\n");
        auto line = co_await stream.read_line(100);
        CHECK(line.text == "HTTP/1.1 200 OK");
        with.reset();
        while (!line.text.empty())
            line = co_await stream.read_line(100);
        std::array<char, 6> space{};
        const std::size_t size = co_await stream.read_some(space);
        CHECK(std::string_view{space.data(), size} == "GET / ");
        CHECK_THROWS_AS(co_await stream.read_some(space), net::ConnectionLost);
    };
    support::run(loop, talk(net::bound_address(descriptor), server));
    ::close(descriptor);
}

TEST_CASE("the blocking client talks to a Unix socket, and the server knows the peer's uid")
{
    const Folder folder;
    const std::string path = folder.path / "control.sock";
    const int descriptor = *net::open_local_listener(path);
    struct stat there{};
    REQUIRE(::stat(path.c_str(), &there) == 0);
    CHECK((there.st_mode & 0777U) == 0600U);
    net::Loop loop{net::Env::real()};
    net::HttpServer server{loop, descriptor, echo};
    server.start();
    net::WorkerPool pool{1};
    const auto ask
        = [](net::WorkerPool& on, std::string at, net::HttpServer& with) -> awaitable<void> {
        const std::string body(3'000'000, 'b');
        auto response = co_await on.run([at, body] {
            return net::http_over_socket(
                at,
                {.method = "POST", .target = "/x?y=1", .headers = {{"x-echo", "1"}}, .body = body},
                10s);
        });
        REQUIRE(response);
        CHECK(response->status == 200);
        CHECK(response->content_type == "text/plain");
        CHECK(response->body == "POST /x?y=1 " + body);
        CHECK(response->headers.at("x-echo") == "1");
        CHECK(response->headers.at("x-uid") == std::to_string(::getuid()));
        auto head = co_await on.run(
            [at] { return net::http_over_socket(at, {.method = "HEAD", .target = "/"}, 10s); });
        REQUIRE(head);
        CHECK(head->body.empty());
        auto evil = co_await on.run([at] {
            return net::http_over_socket(at, {.method = "GET", .target = "/ HTTP/1.1\r\nX: y"},
                                         10s);
        });
        CHECK_FALSE(evil);
        with.stop();
    };
    support::run(loop, ask(pool, path, server));
    ::close(descriptor);
}

TEST_CASE("the client tells a daemon that is away from one that does not answer")
{
    const Folder folder;
    const std::string path = folder.path / "control.sock";
    auto response = net::http_over_socket(path, {.method = "GET", .target = "/"}, 1s);
    REQUIRE_FALSE(response);
    CHECK(response.error().is_unreachable);
    const int descriptor = *net::open_local_listener(path);
    response = net::http_over_socket(path, {.method = "GET", .target = "/"}, 20ms);
    REQUIRE_FALSE(response);
    CHECK_FALSE(response.error().is_unreachable);
    CHECK_THAT(response.error().text, Catch::Contains("timed out"));
    ::close(descriptor);
    response = net::http_over_socket(path, {.method = "GET", .target = "/"}, 1s);
    REQUIRE_FALSE(response);
    CHECK(response.error().is_unreachable);
}

TEST_CASE("a daemon that hangs up without a word is no answer")
{
    const Folder folder;
    const std::string path = folder.path / "control.sock";
    const int descriptor = *net::open_local_listener(path);
    std::thread daemon{[descriptor] {
        std::array<char, 1024> request{};
        int peer = -1;
        while (peer < 0)
            peer = ::accept(descriptor, nullptr, nullptr);
        (void)!::read(peer, request.data(), request.size());
        ::close(peer);
    }};
    const auto response = net::http_over_socket(path, {.method = "GET", .target = "/"}, 5s);
    daemon.join();
    ::close(descriptor);
    REQUIRE_FALSE(response);
    CHECK_THAT(response.error().text, Catch::Contains("hung up without an answer"));
}

TEST_CASE("a Unix socket replaces a dead one, never a live one nor a file")
{
    const Folder folder;
    const std::string path = folder.path / "a.sock";
    const auto first = net::open_local_listener(path, 0660);
    REQUIRE(first);
    CHECK_THAT(net::open_local_listener(path).error(), Catch::Contains("in use"));
    ::close(*first);
    const auto second = net::open_local_listener(path);
    REQUIRE(second);
    ::close(*second);
    const std::string file = folder.path / "file";
    std::ofstream{file} << "precious";
    CHECK_THAT(net::open_local_listener(file).error(), Catch::Contains("exists"));
    CHECK(std::filesystem::file_size(file) == 8);
}

TEST_CASE("no header field can end the header")
{
    HttpResponse response;
    response.headers
        = {{"Good", "value"}, {"Bad", "a\r\nSet-Cookie: x"}, {"Wo rse", "x"}, {"", "x"}};
    const std::string head = net::head_of(response, true);
    CHECK(count(head, "Good: value\r\n") == 1);
    CHECK(count(head, "Set-Cookie") == 0);
    CHECK(count(head, "rse") == 0);
    CHECK(count(head, "\r\n\r\n") == 1);
}
