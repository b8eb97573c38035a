// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/stream_state.hpp"

#include <array>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace net {
namespace {
constexpr std::size_t send_limit = 256 * 1024;
constexpr std::size_t record_size = 16 * 1024;
constexpr std::size_t kept_queue = 4096;

Endpoint end_of(int descriptor, int (*name)(int, sockaddr*, socklen_t*))
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (name(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return {};
    return endpoint_of(reinterpret_cast<const sockaddr&>(address));
}
}

Stream::State::State(Loop& loop, int descriptor)
    : Deadline{loop}, socket{loop.context()}, peer{end_of(descriptor, ::getpeername)},
      local{end_of(descriptor, ::getsockname)}
{
    boost::system::error_code error;
    socket.assign({local.is_local_socket ? AF_UNIX : AF_INET, 0}, descriptor, error);
    if (error) {
        ::close(descriptor);
        throw ConnectionLost{error.message()};
    }
    socket.native_non_blocking(true, error);
    const int yes = 1;
    if (!local.is_local_socket)
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    expires_after(std::chrono::minutes{5});
}

void Stream::State::expire()
{
    if (end != End::open)
        return;
    end = End::timed_out;
    boost::system::error_code ignored;
    socket.cancel(ignored);
}

void Stream::State::require_open() const
{
    if (end == End::open)
        return;
    if (end == End::timed_out)
        throw TimedOut{};
    throw ConnectionLost{why};
}

void Stream::State::lose(const boost::system::error_code& error)
{
    require_open();
    // The coroutine was cancelled, not the stream.
    if (error == boost::asio::error::operation_aborted)
        throw ConnectionLost{"cancelled"};
    if (error == boost::asio::error::eof)
        lose("the peer closed the connection");
    lose(error.message());
}

void Stream::State::lose(std::string reason)
{
    end = End::lost;
    why = std::move(reason);
    throw ConnectionLost{why};
}

std::optional<Stream::Line> Stream::State::take_line(std::size_t limit, Search& search)
{
    const std::string_view view = input.view();
    const std::size_t end_of_line = view.find('\n', search.seen);
    if (end_of_line == std::string_view::npos) {
        // One more than the limit may be the CR of a line that just fits.
        const std::size_t excess = view.size() - std::min(limit, view.size());
        if (excess > 1 || search.is_overlong) {
            input.drop_last(excess);
            search.is_overlong = true;
        }
        search.seen = input.size();
        return std::nullopt;
    }
    Line line{.text = view.substr(0, end_of_line)};
    input.consume(end_of_line + 1);
    const bool has_cr = line.text.ends_with('\r');
    if (has_cr && !search.is_overlong)
        line.text.remove_suffix(1);
    line.is_terminated = !search.is_overlong && line.text.size() <= limit;
    line.has_bare_lf = line.is_terminated && !has_cr;
    line.text = line.text.substr(0, limit);
    return line;
}

Stream::State::Sent Stream::State::send(const Gather& rest)
{
    return tls ? send_tls(rest) : send_plain(rest);
}

Stream::State::Sent Stream::State::send_plain(const Gather& rest)
{
    std::array<iovec, 64> vectors;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = rest.vectors(vectors, send_limit);
    for (;;) {
        const ssize_t sent
            = ::sendmsg(socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            return {.bytes = static_cast<std::size_t>(sent)};
        if (errno == EAGAIN)
            return {.want = TlsSession::Want::write};
        if (errno != EINTR)
            lose(boost::system::error_code{errno, boost::system::system_category()});
    }
}

Stream::State::Sent Stream::State::send_tls(const Gather& rest)
{
    // Small pieces share a record. What a record took that could not be sent yet, the library has
    // already encrypted; the next try brings the same bytes, made anew from the same pieces.
    static thread_local std::unique_ptr<char[]> record
        = std::make_unique_for_overwrite<char[]>(record_size);
    std::string_view bytes = rest.current().substr(0, record_size);
    if (bytes.size() < record_size)
        bytes = {record.get(), rest.copy({record.get(), record_size})};
    Sent sent;
    sent.want = tls->write(bytes, sent.bytes);
    if (sent.want == TlsSession::Want::lost)
        lose(tls->why());
    return sent;
}

bool Stream::State::send_queued()
{
    Gather rest{output, {}};
    std::size_t sent = 0;
    while (!rest.is_done()) {
        const Sent step = send(rest);
        if (step.want != TlsSession::Want::nothing)
            break;
        rest.advance(step.bytes);
        sent += step.bytes;
    }
    if (!rest.is_done()) {
        output.erase(0, sent);
        return false;
    }
    put_queue_away(std::exchange(output, {}));
    return true;
}

void Stream::State::put_queue_away(std::string queue)
{
    queue.clear();
    if (queue.capacity() <= kept_queue)
        output = std::move(queue);
}
}
