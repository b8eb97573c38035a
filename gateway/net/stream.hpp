// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/endpoint.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace net {
class TlsContext;

/// A peer we read lines from and write text to, plain or TLS, never without a deadline.
/// One coroutine uses it at a time. Every wait throws TimedOut or ConnectionLost.
/// Reads look in the buffer before they wait; writes are gathered until `flush` (house §14.1, 5,
/// 6).
class Stream {
public:
    /// Takes over a connected, non-blocking socket; sets TCP_NODELAY and a deadline of five
    /// minutes.
    Stream(Loop& loop, int descriptor);
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    ~Stream();
    /// Connects; throws TimedOut or ConnectionLost. `source`: bind address, nullopt for any.
    static awaitable<Stream> connect(Endpoint peer, std::chrono::milliseconds limit,
                                     std::optional<Endpoint> source = {});
    /// The same over a Unix socket, at once; on a loop. Throws ConnectionLost.
    static Stream connect_local(const std::string& path);

    /// The time left for what follows; stays until set again. May pass a quarter second late.
    /// Once it passed, every operation throws TimedOut until it is set anew; if it passed in the
    /// midst of a write, the stream is lost for good.
    void expires_after(std::chrono::milliseconds limit);

    struct Line {
        std::string_view text; ///< without its line end; valid until the next read
        bool is_terminated = true; ///< false: longer than `limit`, the rest up to LF was swallowed
        bool has_bare_lf = false; ///< ended by LF alone (told of terminated lines)
    };
    /// Flushes what is queued if no whole line is buffered, then returns the next line, of at most
    /// `limit` octets without its line end.
    awaitable<Line> read_line(std::size_t limit);
    /// A whole line is buffered: read_line will not wait.
    bool has_line() const;
    /// Flushes, then reads at least one byte into `space`: buffered ones first.
    awaitable<std::size_t> read_some(std::span<char> space);
    /// Waits for the first byte a peer sends and leaves it where it is: before TLS only.
    awaitable<char> peek();
    /// Gives back what was read too far (behind the final dot); it is read next.
    void unread(std::string_view bytes);
    /// Bytes read and not yet consumed; STARTTLS drops the connection when there are any.
    std::size_t buffered() const;

    /// Queues text for the next flush.
    void queue(std::string_view text);
    awaitable<void> flush();
    /// Sends what is queued and then `pieces`, in as few sends as possible (one writev for up to
    /// 64). Yields between 256 KiB.
    awaitable<void> write(std::span<const std::string_view> pieces);

    /// Handshakes as server or client. The input buffer must be empty; it is fresh afterwards.
    /// Flushes first. A client verifies the certificate for `server_name`, a name or an address.
    awaitable<void> start_tls(std::shared_ptr<const TlsContext> context,
                              std::string_view server_name = {});
    bool is_tls() const;
    /// "TLSv1.3 TLS_AES_256_GCM_SHA384", empty when plain.
    std::string tls_summary() const;
    /// Why the peer's certificate does not verify for the name asked for; empty when it does.
    std::string tls_problem() const;

    const Endpoint& peer() const;
    const Endpoint& local() const;
    /// True once nothing is queued and the peer has acknowledged all we sent (SIOCOUTQ 0).
    bool is_all_acknowledged() const;
    /// Bytes that wait in the socket right now, without reading them; 0 if none or closed.
    std::size_t readable_now() const;
    /// Nothing came in unasked and the peer has not closed: a kept connection is fit for use.
    bool is_quiet() const;
    /// What the peer had said before a write failed, read without waiting, at most `limit` octets:
    /// why it hung up.
    std::string last_words(std::size_t limit);
    /// Ends waiting and later operations with ConnectionLost; the socket closes with the object.
    void cancel();
    /// Sends what is queued as far as it goes at once, says goodbye to TLS, closes both ways.
    void close();

private:
    struct State;
    awaitable<std::size_t> read_later(std::span<char> space);
    std::unique_ptr<State> state_;
};

/// Two connected streams on one loop, for tests and for talking within the process.
std::pair<Stream, Stream> stream_pair(Loop& loop);
}
