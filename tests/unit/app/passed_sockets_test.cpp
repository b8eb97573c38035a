// SPDX-License-Identifier: Apache-2.0
#include "gateway/passed_sockets.hpp"

#include "gateway/net/listener.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

using app::PassedSockets;

namespace {
bool is_same_socket(int a, int b)
{
    struct stat first{}, second{};
    return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_ino == second.st_ino;
}

/// Descriptors one after the other, as a service manager passes them.
struct Row {
    int first = 700, count = 0;
    void add(int descriptor)
    {
        REQUIRE(::dup2(descriptor, first + count++) >= 0);
        ::close(descriptor);
    }
    ~Row()
    {
        for (int i = 0; i < count; ++i)
            ::close(first + i);
    }
};
}

TEST_CASE("a passed socket serves the listener with its address, and stays open")
{
    Row row;
    row.add(*net::open_tcp_listener("127.0.0.1:0"));
    row.add(*net::open_tcp_listener("127.0.0.1:0"));
    const auto first = net::bound_address(700).to_string();
    const auto second = net::bound_address(701).to_string();
    const PassedSockets passed{700, row.count};
    CHECK(passed.has(first));
    CHECK_FALSE(passed.has("127.0.0.2:1"));
    CHECK_FALSE(passed.has("nonsense"));
    CHECK(passed.descriptor_for("127.0.0.2:1", 0) == -1);
    CHECK(passed.unused().size() == 2);
    for (const unsigned loop : {0U, 1U, 7U}) {
        const int descriptor = passed.descriptor_for(first, loop);
        CHECK(descriptor != 700);
        CHECK(is_same_socket(descriptor, 700));
        CHECK((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
        ::close(descriptor);
    }
    CHECK((::fcntl(700, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(passed.unused() == std::vector{second});
}

TEST_CASE("several passed sockets of one address are shared out among the loops")
{
    Row row;
    row.add(*net::open_tcp_listener("127.0.0.1:0"));
    const auto address = net::bound_address(700).to_string();
    row.add(*net::open_tcp_listener(address));
    const PassedSockets passed{700, row.count};
    const int even = passed.descriptor_for(address, 2), odd = passed.descriptor_for(address, 3);
    CHECK(is_same_socket(even, 700));
    CHECK(is_same_socket(odd, 701));
    ::close(even);
    ::close(odd);
}

TEST_CASE("what is no TCP listener is left alone")
{
    Row row;
    row.add(::socket(AF_INET, SOCK_STREAM, 0)); // does not listen
    row.add(::socket(AF_INET, SOCK_DGRAM, 0));
    row.add(::open("/dev/null", O_RDONLY));
    const PassedSockets passed{700, row.count + 1}; // the last is not open at all
    CHECK(passed.unused().empty());
}

TEST_CASE("descriptors for another process are not taken, and the environment is cleaned")
{
    ::setenv("LISTEN_PID", "1", 1);
    ::setenv("LISTEN_FDS", "1", 1);
    CHECK(PassedSockets::of_environment().unused().empty());
    CHECK(::getenv("LISTEN_FDS") == nullptr);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "many", 1);
    CHECK(PassedSockets::of_environment().unused().empty());
}
