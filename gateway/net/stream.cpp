// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/stream.hpp"
#include "gateway/net/stream_state.hpp"

#include <cassert>
#include <cerrno>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace net {
namespace asio = boost::asio;
using Want = TlsSession::Want;

namespace {
constexpr std::size_t write_turn = 256 * 1024;
constexpr std::size_t read_turn = 64 * 1024;
/// Less room than this behind a half line is not worth a read.
constexpr std::size_t read_room = 256;

asio::socket_base::wait_type wait_type(Want want)
{
    return want == Want::write ? asio::socket_base::wait_write : asio::socket_base::wait_read;
}
}

Stream::Stream(Loop& loop, int descriptor) : state_{std::make_unique<State>(loop, descriptor)} { }
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

void Stream::expires_after(std::chrono::milliseconds limit)
{
    if (state_->end == State::End::timed_out)
        state_->end = State::End::open;
    state_->expires_after(limit);
}

awaitable<Stream::Line> Stream::read_line(std::size_t limit)
{
    State& s = *state_;
    State::Search search;
    for (;;) {
        if (auto line = s.take_line(limit, search))
            co_return *line;
        s.require_open();
        if (s.must_flush() && !s.send_queued())
            co_await flush();
        const std::span<char> space = s.input.space(read_room);
        if (s.tls) {
            s.input.filled(co_await read_later(space));
            continue;
        }
        auto result = co_await s.socket.async_read_some(asio::buffer(space), as_result);
        const auto& [error, size] = result;
        if (error)
            s.lose(error);
        s.input.filled(size);
    }
}

bool Stream::has_line() const { return state_->input.view().contains('\n'); }

awaitable<std::size_t> Stream::read_some(std::span<char> space)
{
    assert(!space.empty());
    State& s = *state_;
    if (!s.input.is_empty()) {
        const std::size_t size = s.input.view().copy(space.data(), space.size());
        s.input.consume(size);
        s.input.shrink();
        co_return size;
    }
    s.require_open();
    if (s.must_flush() && !s.send_queued())
        co_await flush();
    if (s.tls)
        co_return co_await read_later(space);
    auto result = co_await s.socket.async_read_some(asio::buffer(space), as_result);
    const auto& [error, size] = result;
    if (error)
        s.lose(error);
    co_return size;
}

awaitable<char> Stream::peek()
{
    State& s = *state_;
    assert(!s.tls);
    if (!s.input.is_empty())
        co_return s.input.view().front();
    s.require_open();
    if (s.must_flush() && !s.send_queued())
        co_await flush();
    for (;;) {
        auto result = co_await s.socket.async_wait(asio::socket_base::wait_read, as_result);
        const auto& [error] = result;
        if (error)
            s.lose(error);
        s.require_open();
        char byte = 0;
        const auto got = ::recv(s.socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got == 1)
            co_return byte;
        if (got == 0)
            s.lose("closed by the peer");
        if (errno != EAGAIN && errno != EINTR)
            s.lose(boost::system::error_code{errno, boost::system::system_category()});
    }
}

/// Through TLS, which must be asked before the socket: it may hold bytes that the socket no longer
/// has.
awaitable<std::size_t> Stream::read_later(std::span<char> space)
{
    State& s = *state_;
    for (;;) {
        std::size_t size = 0;
        const Want want = s.tls->read(space, size);
        if (want == Want::lost)
            s.lose(s.tls->why());
        if (want == Want::nothing) {
            s.unyielded += static_cast<std::uint32_t>(size);
            if (s.unyielded >= read_turn) {
                s.unyielded = 0;
                co_await yield();
            }
            co_return size;
        }
        s.unyielded = 0;
        auto result = co_await s.socket.async_wait(wait_type(want), as_result);
        const auto& [error] = result;
        if (error)
            s.lose(error);
        s.require_open();
    }
}

void Stream::unread(std::string_view bytes) { state_->input.unread(bytes); }
std::size_t Stream::buffered() const { return state_->input.size(); }
void Stream::queue(std::string_view text) { state_->output.append(text); }

awaitable<void> Stream::flush() { return write({}); }

awaitable<void> Stream::write(std::span<const std::string_view> pieces)
{
    State& s = *state_;
    s.require_open();
    /// A write that was cut short leaves the peer in the midst of a sentence: nothing may follow.
    struct Whole {
        State& state;
        bool is_done = false;
        ~Whole()
        {
            if (!is_done && state.end != State::End::cancelled) {
                state.end = State::End::lost;
                state.why = "a write was cut short";
            }
        }
    } whole{s};
    std::string queued = std::exchange(s.output, {});
    Gather rest{queued, pieces};
    std::size_t unyielded = 0;
    while (!rest.is_done()) {
        const auto sent = s.send(rest);
        if (sent.want != Want::nothing) {
            auto result = co_await s.socket.async_wait(wait_type(sent.want), as_result);
            const auto& [error] = result;
            if (error)
                s.lose(error);
            s.require_open();
            unyielded = 0;
            continue;
        }
        rest.advance(sent.bytes);
        unyielded += sent.bytes;
        if (unyielded >= write_turn && !rest.is_done()) {
            unyielded = 0;
            co_await yield();
            s.require_open();
        }
    }
    whole.is_done = true;
    s.put_queue_away(std::move(queued));
}

awaitable<void> Stream::start_tls(std::shared_ptr<const TlsContext> context,
                                  std::string_view server_name)
{
    State& s = *state_;
    assert(!s.tls);
    std::string name{server_name};
    co_await flush();
    if (!s.input.is_empty())
        s.lose("plain text behind the agreement to start TLS");
    std::unique_ptr<TlsSession> session;
    try {
        session = std::make_unique<TlsSession>(std::move(context), s.socket.native_handle(), name);
    } catch (const std::runtime_error& error) {
        s.lose(error.what());
    }
    for (;;) {
        const Want want = session->handshake();
        if (want == Want::nothing)
            break;
        if (want == Want::lost)
            s.lose(session->why());
        auto result = co_await s.socket.async_wait(wait_type(want), as_result);
        const auto& [error] = result;
        if (error)
            s.lose(error);
        s.require_open();
    }
    s.tls = std::move(session);
}

bool Stream::is_tls() const { return state_->tls != nullptr; }
std::string Stream::tls_summary() const
{
    return is_tls() ? state_->tls->summary() : std::string{};
}
std::string Stream::tls_problem() const
{
    return is_tls() ? state_->tls->problem() : std::string{};
}
const Endpoint& Stream::peer() const { return state_->peer; }
const Endpoint& Stream::local() const { return state_->local; }

bool Stream::is_all_acknowledged() const
{
    int waiting = 0;
    return state_->output.empty()
        && ::ioctl(state_->socket.native_handle(), SIOCOUTQ, &waiting) == 0 && waiting == 0;
}

std::size_t Stream::readable_now() const
{
    int waiting = 0;
    if (::ioctl(state_->socket.native_handle(), FIONREAD, &waiting) != 0 || waiting < 0)
        return 0;
    return static_cast<std::size_t>(waiting);
}

bool Stream::is_quiet() const
{
    char byte = 0;
    const auto got = ::recv(state_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return buffered() == 0 && got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Stream::cancel()
{
    State& s = *state_;
    if (s.end == State::End::lost || s.end == State::End::cancelled)
        return;
    s.end = State::End::cancelled;
    s.why = "cancelled";
    boost::system::error_code ignored;
    s.socket.cancel(ignored);
}
}
