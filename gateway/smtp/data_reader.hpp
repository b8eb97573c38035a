// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"
#include "gateway/mail/reply.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/smtp/body_memory.hpp"
#include "gateway/smtp/framer.hpp"
#include "gateway/smtp/settings.hpp"

#include <optional>

namespace net {
class WorkerPool;
}

namespace smtp {
/// What arrived between DATA (or the first BDAT) and the end of the data.
struct Received {
    mail::Message message;
    std::optional<mail::Reply> refusal; ///< the data is refused, whatever the recipients want
    std::uint64_t longest_line = 0;
    bool has_bare_line_end = false, has_nul = false; ///< as received; the message has none
};

/// `data` (without the final dot line; `dots` as it came) as plain text whose lines all end in
/// CRLF: NUL octets left out, then each bare CR and bare LF made a line end, and the last line
/// ended. Dots are taken off first, at the line ends the sender stuffed at: a line end that appears
/// only now must not give a dot its meaning (RFC 5321 §4.5.2).
std::string mended(std::string_view data, mail::Dots dots);

/// Reads one message off a stream: the only home of line endings. What is refused is still read to
/// its end, so that nothing of it can run as commands. Waits throw as Stream says; the minimum data
/// rate and the time for DATA are kept here.
class DataReader {
public:
    DataReader(net::Stream& stream, const Limits& limits, BodyMemory memory, Framer::Ending ending,
               BadOctets bad_octets);
    /// After 354: up to the final dot.
    net::awaitable<void> read_data();
    /// One BDAT chunk.
    net::awaitable<void> read_chunk(std::uint64_t size);
    /// What comes is read over: nobody is to get it.
    void keep_nothing() { is_without_room_ = true; }
    /// The whole; once, after read_data or the last chunk. Mending is done on `pool`, if
    /// there is one.
    net::awaitable<Received> take(net::WorkerPool* pool);
    std::uint64_t size() const { return framer_.size(); }

private:
    net::awaitable<bool> make_room();
    net::awaitable<std::size_t> read_piece(std::size_t limit);
    void keep(std::size_t read, std::size_t taken);
    void set_deadline();
    std::optional<mail::Reply> refusal() const;
    void end_last_line();
    std::string joined() const;

    net::Stream& stream_;
    const Limits& limits_;
    BodyMemory memory_;
    Framer framer_;
    Framer::Ending ending_;
    BadOctets bad_octets_;
    std::vector<mail::Chunk> chunks_;
    std::chrono::steady_clock::time_point started_;
    bool is_without_room_ = false; // no memory: the rest is read and dropped
};
}
