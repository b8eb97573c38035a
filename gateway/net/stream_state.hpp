// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/gather.hpp"
#include "gateway/net/input_buffer.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/tls_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

namespace net {
/// `co_await operation(..., as_result)` gives a tuple and costs no coroutine frame of its own.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::deferred);

struct Stream::State final : Deadline {
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                    boost::asio::io_context::executor_type>;
    /// `lost` and `cancelled` are for good.
    enum class End : std::uint8_t { open, timed_out, cancelled, lost };
    /// How far a search for the next line has come.
    struct Search {
        std::size_t seen = 0;
        bool is_overlong = false;
    };
    struct Sent {
        std::size_t bytes = 0;
        TlsSession::Want want = TlsSession::Want::nothing;
    };

    State(Loop& loop, int descriptor);
    void expire() override;
    /// Throws unless the stream is open.
    void require_open() const;
    [[noreturn]] void lose(const boost::system::error_code& error);
    [[noreturn]] void lose(std::string why);
    /// A whole line of the buffer, or nullopt after noting how far it looked and dropping what is
    /// too long.
    std::optional<Line> take_line(std::size_t limit, Search& search);
    /// One send without waiting; `want` says what to wait for when nothing went.
    Sent send(const Gather& rest);
    /// Something is queued, and reading on may have to wait.
    bool must_flush() const { return !output.empty() && !(tls && tls->has_pending()); }
    /// Sends the queue without waiting; true when all of it went.
    bool send_queued();
    void put_queue_away(std::string queue);

    Socket socket;
    InputBuffer input;
    std::string output;
    std::string why;
    std::unique_ptr<TlsSession> tls;
    Endpoint peer;
    Endpoint local;
    std::uint32_t unyielded = 0;
    End end = End::open;

private:
    Sent send_plain(const Gather& rest);
    Sent send_tls(const Gather& rest);
};
}
