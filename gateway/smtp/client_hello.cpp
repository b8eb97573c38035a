// SPDX-License-Identifier: Apache-2.0
// How a session with a server begins: greeting, EHLO, STARTTLS.
#include "gateway/smtp/client.hpp"

#include <fmt/format.h>

namespace smtp {
using mail::Reply;

net::awaitable<std::optional<Reply>> Client::ehlo(Deadline deadline)
{
    const bool is_lmtp = route_->protocol == Protocol::lmtp;
    stream_.queue(fmt::format("{} {}\r\n", is_lmtp ? "LHLO" : "EHLO", hostname_));
    Reply reply = co_await read_reply(deadline);
    if (reply.is_positive()) {
        capabilities_ = parse_capabilities(last_lines_);
        co_return std::nullopt;
    }
    if (!reply.is_permanent() || is_lmtp)
        co_return reply;
    stream_.queue(fmt::format("HELO {}\r\n", hostname_));
    reply = co_await read_reply(deadline);
    capabilities_ = {};
    if (reply.is_positive())
        co_return std::nullopt;
    co_return reply;
}

/// RFC 3207. What came before the handshake is forgotten: EHLO is said again.
net::awaitable<std::optional<Reply>> Client::secure(Deadline deadline,
                                                    std::shared_ptr<const net::TlsContext> tls)
{
    const bool must = route_->tls == TlsUse::required || route_->tls == TlsUse::verified;
    lacks_tls_ = must;
    if (!capabilities_.starttls || !tls) {
        if (must)
            co_return Reply{454, "4.7.0",
                            "the next hop offers no STARTTLS and this route requires it"};
        co_return std::nullopt;
    }
    stream_.queue("STARTTLS\r\n");
    const Reply reply = co_await read_reply(deadline);
    if (reply.code != 220) {
        if (must)
            co_return Reply{454, "4.7.0", "STARTTLS was refused: " + reply.text};
        co_return std::nullopt;
    }
    if (stream_.buffered() > 0)
        throw net::ConnectionLost{"the server sent something behind its reply to STARTTLS"};
    has_tls_failed_ = !must;
    co_await stream_.start_tls(std::move(tls), server_.substr(0, server_.rfind(':')));
    has_tls_failed_ = lacks_tls_ = false;
    co_return co_await ehlo(deadline);
}

net::awaitable<std::optional<Reply>> Client::hello(Deadline deadline,
                                                   std::shared_ptr<const net::TlsContext> tls)
{
    Reply failure;
    try {
        const Reply greeting = co_await read_reply(deadline);
        if (!greeting.is_positive())
            co_return greeting;
        std::optional<Reply> problem = co_await ehlo(deadline);
        if (!problem && route_->tls != TlsUse::none)
            problem = co_await secure(deadline, std::move(tls));
        co_return problem;
    } catch (const std::exception& error) {
        failure = {451, "4.4.2", error.what()};
    }
    co_return failure;
}
}
