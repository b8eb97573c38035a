// SPDX-License-Identifier: Apache-2.0
// How a stream comes to be and how it ends.
#include "gateway/net/stream_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace net {
namespace asio = boost::asio;

namespace {
[[noreturn]] void lose_connection(int error)
{
    throw ConnectionLost{std::system_category().message(error)};
}

/// A socket on its way to `peer`.
int begin_connecting(const Endpoint& peer, const std::optional<Endpoint>& source)
{
    const int family = peer.is_v4() ? AF_INET : AF_INET6;
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        lose_connection(errno);
    sockaddr_storage address{};
    bool is_begun = true;
    if (source) {
        // Leaves the port to connect(), which may share it between peers.
        const int yes = 1;
        ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        const unsigned length = fill_address(*source, address);
        is_begun = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length) == 0;
    }
    const unsigned length = fill_address(peer, address);
    is_begun = is_begun
        && (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), length) == 0
            || errno == EINPROGRESS);
    if (!is_begun) {
        const int error = errno;
        ::close(descriptor);
        lose_connection(error);
    }
    return descriptor;
}

/// Reads what came unasked, up to 64 KiB: closing with bytes unread resets the connection, and the
/// peer may never see our last words.
void drain(int descriptor)
{
    std::array<char, 4096> space;
    for (int i = 0; i < 16; ++i) {
        if (::recv(descriptor, space.data(), space.size(), MSG_DONTWAIT) <= 0)
            return;
    }
}
}

awaitable<Stream> Stream::connect(Endpoint peer, std::chrono::milliseconds limit,
                                  std::optional<Endpoint> source)
{
    if (peer.is_local_socket)
        throw ConnectionLost{"a local socket has no address to connect to"};
    const int descriptor = begin_connecting(peer, source);
    Stream stream{Loop::current(), descriptor};
    State& s = *stream.state_;
    s.peer = peer;
    stream.expires_after(limit);
    auto result = co_await s.socket.async_wait(asio::socket_base::wait_write, as_result);
    const auto& [error] = result;
    if (error)
        s.lose(error);
    int failure = 0;
    socklen_t length = sizeof failure;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length);
    if (failure != 0)
        lose_connection(failure);
    sockaddr_storage address{};
    length = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0)
        s.local = endpoint_of(reinterpret_cast<const sockaddr&>(address));
    co_return stream;
}

Stream Stream::connect_local(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        lose_connection(ENAMETOOLONG);
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        lose_connection(errno);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(descriptor);
        lose_connection(error);
    }
    return Stream{Loop::current(), descriptor};
}

std::string Stream::last_words(std::size_t limit)
{
    State& s = *state_;
    std::string words{s.input.view().substr(0, limit)};
    if (!s.socket.is_open() || s.tls)
        return words;
    const std::size_t old = words.size();
    words.resize(limit);
    const auto got
        = ::recv(s.socket.native_handle(), words.data() + old, limit - old, MSG_DONTWAIT);
    words.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return words;
}

void Stream::close()
{
    State& s = *state_;
    if (!s.socket.is_open())
        return;
    try {
        if (s.end != State::End::lost && s.send_queued() && s.tls)
            s.tls->close_notify();
    } catch (const ConnectionLost&) {
        // The peer was faster; there is nobody to say goodbye to.
    }
    const int descriptor = s.socket.native_handle();
    ::shutdown(descriptor, SHUT_WR);
    drain(descriptor);
    boost::system::error_code ignored;
    s.socket.close(ignored);
    s.end = State::End::lost;
    s.why = "closed";
}

std::pair<Stream, Stream> stream_pair(Loop& loop)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
        lose_connection(errno);
    return {Stream{loop, ends[0]}, Stream{loop, ends[1]}};
}
}
