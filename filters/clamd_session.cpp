// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd_session.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/stamp.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
using net::awaitable;
using Kind = ClamdAnswer::Kind;
constexpr std::size_t longest_reply = 4096, longest_name = 100, piece_size = 256U << 10;
constexpr std::string_view too_large = "INSTREAM size limit exceeded";

std::string length_of(std::size_t size)
{
    std::string octets;
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        octets += static_cast<char>((size >> shift) & 0xFF);
    return octets;
}

std::string shown(std::string_view text, std::size_t longest)
{
    std::string out{text.substr(0, longest)};
    for (char& c : out)
        if (c < 0x20 || c > 0x7E)
            c = '?';
    return out;
}

awaitable<std::string> read_reply(net::Stream& stream)
{
    std::string reply;
    std::array<char, 512> space;
    while (!reply.contains('\0') && reply.size() < longest_reply) {
        const auto size = co_await stream.read_some(space);
        reply.append(space.data(), size);
    }
    reply.resize(std::min(reply.find('\0'), reply.size()));
    co_return reply;
}
}

ClamdAnswer read_clamd_answer(std::string_view reply)
{
    if (reply.contains(too_large))
        return {Kind::too_large, std::string{too_large}};
    const auto at = reply.find("stream: ");
    auto said = at == reply.npos ? std::string_view{} : mail::trimmed(reply.substr(at + 8));
    if (said == "OK")
        return {Kind::clean, {}};
    constexpr std::string_view found = " FOUND";
    if (said.ends_with(found))
        return {Kind::infected, shown(said.substr(0, said.size() - found.size()), longest_name)};
    return {Kind::unavailable, "it says \"" + shown(mail::trimmed(reply), longest_name) + "\""};
}

ClamdSession::ClamdSession(net::Stream stream, std::chrono::milliseconds limit)
    : stream_{std::move(stream)}, limit_{limit}
{
    stream_.queue(std::string_view{"zIDSESSION\0", 11});
}

awaitable<ClamdAnswer> ClamdSession::scan(const mail::Message& message)
{
    const mail::Stamp nothing;
    mail::Rendering rendering{message, nothing, mail::Dots::plain};
    std::array<std::string_view, 64> pieces;
    begin();
    while (const std::size_t count = rendering.next(pieces)) {
        const bool is_heard = co_await send(std::span{pieces}.first(count));
        if (!is_heard)
            co_return said_early();
    }
    co_return co_await end();
}

awaitable<ClamdAnswer> ClamdSession::scan(std::string_view octets)
{
    begin();
    for (; !octets.empty(); octets.remove_prefix(std::min(octets.size(), piece_size))) {
        const auto piece = octets.substr(0, piece_size);
        const bool is_heard = co_await send({&piece, 1});
        if (!is_heard)
            co_return said_early();
    }
    co_return co_await end();
}

void ClamdSession::close()
{
    stream_.queue(std::string_view{"zEND\0", 5});
    stream_.close();
}

void ClamdSession::begin() { stream_.queue(std::string_view{"zINSTREAM\0", 10}); }

/// False: it has spoken, or hung up, before it heard all.
awaitable<bool> ClamdSession::send(std::span<const std::string_view> pieces)
{
    std::size_t size = 0;
    for (const auto piece : pieces)
        size += piece.size();
    stream_.expires_after(limit_);
    stream_.queue(length_of(size));
    try {
        co_await stream_.write(pieces);
    } catch (const net::ConnectionLost& lost) {
        why_ = lost.what();
        co_return false;
    }
    co_return stream_.readable_now() == 0;
}

ClamdAnswer ClamdSession::said_early()
{
    const auto words = stream_.last_words(longest_reply);
    if (words.empty())
        return {Kind::unavailable, why_};
    auto answer = read_clamd_answer(words);
    // Only that it is too large can be known before all of it was heard.
    if (answer.kind != Kind::too_large)
        answer = {Kind::unavailable, "it spoke too early: " + answer.text};
    return answer;
}

awaitable<ClamdAnswer> ClamdSession::end()
{
    stream_.expires_after(limit_);
    stream_.queue(length_of(0));
    const auto reply = co_await read_reply(stream_);
    co_return read_clamd_answer(reply);
}

awaitable<std::string> ping_clamd(net::Stream stream, std::chrono::milliseconds limit)
{
    stream.expires_after(limit);
    stream.queue(std::string_view{"zPING\0", 6});
    const auto reply = co_await read_reply(stream);
    stream.close();
    co_return reply == "PONG" ? "" : "it says \"" + shown(reply, longest_name) + "\"";
}
}
