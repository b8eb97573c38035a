// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/data_reader.hpp"

#include "gateway/net/worker_pool.hpp"

#include <algorithm>

namespace smtp {
namespace {
using namespace std::chrono_literals;
constexpr auto rate_grace = 60s; // the minimum rate counts beyond this
constexpr auto room_wait = 5s;
constexpr std::size_t largest_piece = 64 * 1024;

/// The time in which `octets` must have arrived: a minute's grace, then the minimum rate, never
/// more than the whole time for DATA.
std::chrono::milliseconds time_for(std::uint64_t octets, const Limits& limits)
{
    const auto earned = limits.data_rate ? octets * 1000 / limits.data_rate : 0;
    const auto grace = std::min<std::chrono::milliseconds>(rate_grace, limits.data);
    return std::min(limits.data, grace + std::chrono::milliseconds{earned});
}
}

DataReader::DataReader(net::Stream& stream, const Limits& limits, BodyMemory memory,
                       Framer::Ending ending, BadOctets bad_octets)
    : stream_{stream}, limits_{limits}, memory_{std::move(memory)}, framer_{ending},
      ending_{ending}, bad_octets_{bad_octets}, started_{net::Loop::current().env().now()}
{ }

void DataReader::set_deadline()
{
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(
        net::Loop::current().env().now() - started_);
    const auto allowed = time_for(framer_.size(), limits_);
    stream_.expires_after(std::max(allowed - spent, std::chrono::milliseconds{1}));
}

/// False when the message is past its size or there is no memory for it: what comes is read over.
net::awaitable<bool> DataReader::make_room()
{
    if (is_without_room_)
        co_return false;
    if (!chunks_.empty() && !chunks_.back().free_space().empty())
        co_return true;
    const auto size = static_cast<std::size_t>(framer_.size());
    std::optional<mail::Chunk> chunk;
    if (size <= limits_.message)
        chunk = co_await memory_.take(size);
    for (auto waited = 0s; !chunk && size <= limits_.message && waited < room_wait; waited += 1s) {
        co_await net::sleep(1s);
        chunk = co_await memory_.take(size);
    }
    if (chunk)
        chunks_.push_back(std::move(*chunk));
    else
        is_without_room_ = true;
    co_return chunk.has_value();
}

net::awaitable<std::size_t> DataReader::read_piece(std::size_t limit)
{
    const bool has_room = co_await make_room();
    if (!has_room && (chunks_.empty() || chunks_.back().free_space().empty())) {
        // Read over what cannot be kept, into a chunk that is overwritten again and again.
        chunks_.clear();
        chunks_.push_back(take_memory_chunk(largest_piece));
    }
    set_deadline();
    auto space = chunks_.back().free_space();
    co_return co_await stream_.read_some(
        space.first(std::min({space.size(), limit, largest_piece})));
}

void DataReader::keep(std::size_t read, std::size_t taken)
{
    auto& chunk = chunks_.back();
    const char* start = chunk.view().data() + chunk.size();
    if (taken < read)
        stream_.unread({start + taken, read - taken});
    if (!is_without_room_)
        chunk.resize(chunk.size() + taken);
}

net::awaitable<void> DataReader::read_data()
{
    while (!framer_.is_complete()) {
        const std::size_t read = co_await read_piece(largest_piece);
        const char* start = chunks_.back().view().data() + chunks_.back().size();
        keep(read, framer_.scan({start, read}));
    }
}

net::awaitable<void> DataReader::read_chunk(std::uint64_t size)
{
    // Chunks may come whole, but late: the pace counts between them too.
    if (net::Loop::current().env().now() - started_ > time_for(framer_.size(), limits_))
        throw net::TimedOut{};
    while (size > 0) {
        const auto limit = static_cast<std::size_t>(std::min<std::uint64_t>(size, largest_piece));
        const std::size_t read = co_await read_piece(limit);
        const char* start = chunks_.back().view().data() + chunks_.back().size();
        framer_.scan({start, read});
        keep(read, read);
        size -= read;
    }
}

std::optional<mail::Reply> DataReader::refusal() const
{
    using mail::Reply;
    if (framer_.size() > limits_.message)
        return Reply{552, "5.3.4",
                     "message too large: this server takes " + std::to_string(limits_.message)};
    if (is_without_room_)
        return Reply{421, "4.3.2", "no memory for this message now, try again later", true};
    if (bad_octets_ == BadOctets::mend)
        return std::nullopt;
    if (framer_.has_nul())
        return Reply{550, "5.6.11", "the message holds NUL octets"};
    if (framer_.has_bare_line_end())
        return Reply{550, "5.6.11",
                     "the message holds bare CR or LF: lines end in CRLF (RFC 5321 2.3.8)"};
    return std::nullopt;
}

/// BDAT may leave the last line open; the next hop's DATA cannot.
void DataReader::end_last_line()
{
    if (framer_.size() > 0 && !framer_.ends_with_line())
        chunks_.push_back(mail::Chunk::copy_of("\r\n"));
}

std::string DataReader::joined() const
{
    std::string all;
    all.reserve(static_cast<std::size_t>(framer_.size()));
    for (const auto& chunk : chunks_)
        all += chunk.view();
    return all;
}

std::string mended(std::string_view data, mail::Dots dots)
{
    std::string out;
    out.reserve(data.size() + data.size() / 32);
    bool is_line_start = true; // as the sender sees lines
    char before = '\0';
    for (std::size_t i = 0; i < data.size(); ++i) {
        const char c = data[i];
        const bool is_stuffing = is_line_start && c == '.' && dots == mail::Dots::stuffed;
        is_line_start = c == '\n' && i > 0 && data[i - 1] == '\r';
        if (is_stuffing || c == '\0')
            continue;
        if (c == '\r' || (c == '\n' && before != '\r'))
            out += "\r\n";
        else if (c != '\n')
            out += c;
        before = c;
    }
    if (!out.empty() && !out.ends_with('\n'))
        out += "\r\n";
    return out;
}

net::awaitable<Received> DataReader::take(net::WorkerPool* pool)
{
    framer_.finish();
    Received received{.message = {},
                      .refusal = refusal(),
                      .longest_line = framer_.longest_line(),
                      .has_bare_line_end = framer_.has_bare_line_end(),
                      .has_nul = framer_.has_nul()};
    if (received.refusal)
        co_return received;
    // The final dot line may have begun in one chunk and ended in the next.
    auto size = static_cast<std::size_t>(framer_.size());
    if (ending_ == Framer::Ending::dot) {
        for (auto& chunk : chunks_) {
            chunk.resize(std::min(chunk.size(), size));
            size -= chunk.size();
        }
        std::erase_if(chunks_, [](const mail::Chunk& chunk) { return chunk.size() == 0; });
    }
    const auto dots = ending_ == Framer::Ending::dot ? mail::Dots::stuffed : mail::Dots::plain;
    if (received.has_bare_line_end || received.has_nul) {
        const auto mend = [this, dots] {
            return mail::Message::from_text(mended(joined(), dots), mail::Dots::plain);
        };
        received.message = pool ? co_await pool->run(mend) : mend();
        co_return received;
    }
    if (ending_ == Framer::Ending::counted)
        end_last_line();
    received.message = mail::Message{std::move(chunks_), dots};
    co_return received;
}
}
