// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/listener.hpp"
#include "gateway/net/notify.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace std::chrono_literals;
using net::awaitable;
using net::Stream;

namespace {
/// Counts connections, closes them, and stops after `until`.
struct Counter {
    Counter(net::Loop& loop, int until)
        : descriptor{*net::open_tcp_listener("127.0.0.1:0")},
          listener{loop, descriptor, [this, until](int accepted, const net::Endpoint& peer) {
                       CHECK(peer.address() == "127.0.0.1");
                       ::close(accepted);
                       if (++count == until)
                           listener.stop();
                   }}
    { }
    ~Counter() { ::close(descriptor); }
    int count = 0;
    int descriptor;
    net::Listener listener;
};

/// Connects without waiting for anybody to accept: the kernel does so in the backlog.
int connect_to(const net::Endpoint& where)
{
    sockaddr_storage address{};
    const unsigned length = net::fill_address(where, address);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), length) != 0)
        FAIL("cannot connect to loopback");
    return descriptor;
}
}

TEST_CASE("a burst of connections is accepted whole")
{
    net::Loop loop{net::Env::real()};
    Counter counter{loop, 300};
    std::vector<int> clients;
    for (int i = 0; i < 300; ++i)
        clients.push_back(connect_to(net::bound_address(counter.descriptor)));
    counter.listener.start();
    loop.run();
    CHECK(counter.count == 300);
    for (const int client : clients)
        ::close(client);
}

TEST_CASE("a stopped listener leaves its socket open for the next one")
{
    net::Loop loop{net::Env::real()};
    const int descriptor = *net::open_tcp_listener("127.0.0.1:0");
    for (int round = 0; round < 3; ++round) {
        const int client = connect_to(net::bound_address(descriptor));
        int accepted = 0;
        net::Listener listener{loop, descriptor, [&](int taken, const net::Endpoint&) {
                                   ++accepted;
                                   ::close(taken);
                                   listener.stop();
                               }};
        listener.start();
        loop.run();
        CHECK(accepted == 1);
        ::close(client);
    }
    ::close(descriptor);
}

TEST_CASE("a listener that waits can be stopped and destroyed")
{
    net::Loop loop{net::Env::real()};
    Counter counter{loop, 1};
    counter.listener.start();
    const auto stop = [](net::Listener& which) -> awaitable<void> {
        co_await net::yield();
        which.stop();
        which.stop();
    };
    support::run(loop, stop(counter.listener));
    CHECK(loop.running() == 0);
    CHECK(counter.count == 0);
}

TEST_CASE("a throw of the callback costs that connection only")
{
    net::Loop loop{net::Env::real()};
    const int descriptor = *net::open_tcp_listener("127.0.0.1:0");
    int accepted = 0;
    net::Listener listener{loop, descriptor, [&](int taken, const net::Endpoint&) {
                               ::close(taken);
                               if (++accepted == 2)
                                   listener.stop();
                               throw std::runtime_error{"no session"};
                           }};
    const int first = connect_to(net::bound_address(descriptor));
    const int second = connect_to(net::bound_address(descriptor));
    listener.start();
    loop.run();
    CHECK(accepted == 2);
    ::close(first);
    ::close(second);
    ::close(descriptor);
}

TEST_CASE("out of descriptors a listener waits and goes on")
{
    net::Loop loop{net::Env::real()};
    Counter counter{loop, 1};
    const int client = connect_to(net::bound_address(counter.descriptor));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
    counter.listener.start();
    const auto relax = [](rlimit limit, Counter& seen) -> awaitable<void> {
        co_await net::sleep(20ms);
        CHECK(seen.count == 0);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    };
    ::setrlimit(RLIMIT_NOFILE, &none);
    support::run(loop, relax(before, counter));
    CHECK(counter.count == 1);
    ::close(client);
}

TEST_CASE("two loops may listen on one address, and an error names it")
{
    const int first = *net::open_tcp_listener("127.0.0.1:0");
    const std::string address = net::bound_address(first).to_string();
    const auto second = net::open_tcp_listener(address);
    REQUIRE(second);
    ::close(first);
    ::close(*second);
    CHECK_THAT(net::open_tcp_listener("nonsense").error(), Catch::Contains("nonsense"));
    CHECK_THAT(net::open_tcp_listener("192.0.2.1:25").error(), Catch::Contains("192.0.2.1:25"));
    CHECK_THAT(net::open_local_listener("/nowhere/a.sock").error(),
               Catch::Contains("/nowhere/a.sock"));
    CHECK_FALSE(net::open_local_listener(std::string(200, 'x')));
}

TEST_CASE("the service manager is told, by path or abstract name, or not at all")
{
    const bool is_abstract = GENERATE(true, false);
    const std::string name
        = (is_abstract ? "@net_test_" : "/tmp/net_test_") + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, name.size());
    if (is_abstract)
        address.sun_path[0] = '\0';
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length) == 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    net::notify_service_manager("READY=1");
    ::unsetenv("NOTIFY_SOCKET");
    net::notify_service_manager("STOPPING=1");
    std::array<char, 100> space{};
    const ssize_t size = ::recv(descriptor, space.data(), space.size(), 0);
    CHECK(std::string_view{space.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))}
          == "READY=1");
    CHECK(::recv(descriptor, space.data(), space.size(), 0) < 0);
    ::close(descriptor);
    if (!is_abstract)
        ::unlink(name.c_str());
}
