// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/listener.hpp"
#include "gateway/net/timer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace net {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
constexpr int backlog = 4096;
constexpr int accepts_a_turn = 64;

std::unexpected<std::string> failure(const std::string& address, int error, int descriptor = -1)
{
    if (descriptor >= 0)
        ::close(descriptor);
    return std::unexpected{fmt::format("{}: {}", address, std::system_category().message(error))};
}

/// Somebody answers at the other end of a Unix socket.
bool is_alive(const sockaddr_un& address)
{
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return true;
    const int result
        = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    // EAGAIN: the other side listens and its queue is full.
    const bool answers = result == 0 || errno == EAGAIN;
    ::close(descriptor);
    return answers;
}
}

std::expected<int, std::string> open_tcp_listener(const std::string& address)
{
    const auto endpoint = parse_endpoint(address);
    if (!endpoint)
        return std::unexpected{fmt::format("{}: not an address and port", address)};
    const int family = endpoint->is_v4() ? AF_INET : AF_INET6;
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return failure(address, errno);
    const int yes = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (family == AF_INET6)
        ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    sockaddr_storage storage{};
    const unsigned length = fill_address(*endpoint, storage);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&storage), length) != 0
        || ::listen(descriptor, backlog) != 0)
        return failure(address, errno, descriptor);
    return descriptor;
}

std::expected<int, std::string> open_local_listener(const std::string& path, unsigned mode)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return failure(path, ENAMETOOLONG);
    path.copy(address.sun_path, path.size());
    struct stat there{};
    if (::lstat(path.c_str(), &there) == 0) {
        if (!S_ISSOCK(there.st_mode))
            return failure(path, EEXIST);
        if (is_alive(address))
            return failure(path, EADDRINUSE);
        ::unlink(path.c_str());
    }
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return failure(path, errno);
    // The mode of the socket itself is what bind() gives its file: there is no moment of more.
    ::fchmod(descriptor, mode & 0777U);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
        || ::chmod(path.c_str(), mode & 0777U) != 0 || ::listen(descriptor, backlog) != 0)
        return failure(path, errno, descriptor);
    return descriptor;
}

Endpoint bound_address(int descriptor)
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return {};
    return endpoint_of(reinterpret_cast<const sockaddr&>(address));
}

struct Listener::State {
    State(Loop& on, int listening, Accept callback)
        : loop{on}, socket{on.context(), listening}, accept{std::move(callback)}
    { }
    ~State() { stop(); }
    void stop();
    /// Accepts what waits, at most a turn's worth. Zero or the error that ended it.
    int accept_waiting();
    void hand_over(int descriptor, const Endpoint& peer);
    void complain(int error);
    static awaitable<void> run(std::shared_ptr<State> state);

    Loop& loop;
    asio::posix::basic_stream_descriptor<asio::io_context::executor_type> socket;
    Accept accept;
    bool is_stopped = false;
    std::chrono::steady_clock::time_point next_complaint{};
};

void Listener::State::stop()
{
    if (std::exchange(is_stopped, true))
        return;
    socket.release();
}

void Listener::State::hand_over(int descriptor, const Endpoint& peer)
{
    try {
        accept(descriptor, peer);
    } catch (const std::exception& error) {
        spdlog::error("connection from {}: {}", peer.to_string(), error.what());
    }
}

int Listener::State::accept_waiting()
{
    for (int i = 0; i < accepts_a_turn && !is_stopped; ++i) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        const int descriptor
            = ::accept4(socket.native_handle(), reinterpret_cast<sockaddr*>(&address), &length,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0)
            hand_over(descriptor, endpoint_of(reinterpret_cast<const sockaddr&>(address)));
        else if (errno != ECONNABORTED && errno != EINTR)
            return errno;
    }
    return 0;
}

void Listener::State::complain(int error)
{
    const auto now = std::chrono::steady_clock::now();
    if (now < next_complaint)
        return;
    next_complaint = now + 1min;
    spdlog::error("cannot accept connections: {}", std::system_category().message(error));
}

awaitable<void> Listener::State::run(std::shared_ptr<State> state)
{
    while (!state->is_stopped) {
        const int error = state->accept_waiting();
        if (state->is_stopped)
            break;
        if (error == 0) {
            co_await yield();
        } else if (error == EAGAIN) {
            auto result = co_await state->socket.async_wait(asio::posix::descriptor_base::wait_read,
                                                            asio::as_tuple(asio::deferred));
            const auto& [failure] = result;
            if (failure && !state->is_stopped)
                throw std::system_error{failure};
        } else {
            // Network errors of the peer's making show up here too (accept(2)): never give up.
            state->complain(error);
            Timer pause{state->loop.context(), 100ms};
            co_await pause.async_wait(asio::deferred);
        }
    }
}

Listener::Listener(Loop& loop, int descriptor, Accept accept)
    : state_{std::make_shared<State>(loop, descriptor, std::move(accept))}
{ }

Listener::~Listener() { stop(); }
void Listener::start() { state_->loop.spawn("listener", State::run(state_)); }
void Listener::stop() { state_->stop(); }
}
