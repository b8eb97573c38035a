// SPDX-License-Identifier: Apache-2.0
#include "gateway/passed_sockets.hpp"

#include "gateway/net/endpoint.hpp"
#include "gateway/net/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace app {
namespace {
constexpr int first_passed = 3; ///< SD_LISTEN_FDS_START
constexpr int most_passed = 1024;

int number_of(const char* text)
{
    const std::string_view digits = text == nullptr ? "" : text;
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

bool is_tcp_listener(int descriptor)
{
    const auto option = [&](int name) {
        int value = 0;
        socklen_t size = sizeof value;
        return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
    };
    const int domain = option(SO_DOMAIN);
    return option(SO_ACCEPTCONN) == 1 && option(SO_TYPE) == SOCK_STREAM
        && (domain == AF_INET || domain == AF_INET6);
}

/// As it would be written, whatever way it was: "[::]:25".
std::string canonical(const std::string& address)
{
    const auto endpoint = net::parse_endpoint(address);
    return endpoint ? endpoint->to_string() : std::string{};
}
}

PassedSockets::PassedSockets(int first, int count)
{
    for (int descriptor = first; descriptor < first + count; ++descriptor) {
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        if (!is_tcp_listener(descriptor))
            continue;
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
        sockets_.push_back({descriptor, net::bound_address(descriptor).to_string()});
    }
}

PassedSockets PassedSockets::of_environment()
{
    const bool are_ours = number_of(std::getenv("LISTEN_PID")) == ::getpid();
    const int count = std::clamp(number_of(std::getenv("LISTEN_FDS")), 0, most_passed);
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    return are_ours ? PassedSockets{first_passed, count} : PassedSockets{};
}

int PassedSockets::descriptor_for(const std::string& address, unsigned loop) const
{
    const auto wanted = canonical(address);
    std::vector<const Socket*> fitting;
    for (const auto& socket : sockets_)
        if (socket.address == wanted)
            fitting.push_back(&socket);
    if (fitting.empty())
        return -1;
    for (const auto* socket : fitting)
        socket->is_used = true;
    return ::fcntl(fitting[loop % fitting.size()]->descriptor, F_DUPFD_CLOEXEC, 0);
}

bool PassedSockets::has(const std::string& address) const
{
    const auto wanted = canonical(address);
    return std::ranges::any_of(sockets_,
                               [&](const Socket& socket) { return socket.address == wanted; });
}

std::vector<std::string> PassedSockets::unused() const
{
    std::vector<std::string> addresses;
    for (const auto& socket : sockets_)
        if (!socket.is_used)
            addresses.push_back(socket.address);
    return addresses;
}

const PassedSockets& passed_sockets()
{
    static const PassedSockets sockets = PassedSockets::of_environment();
    return sockets;
}
}
