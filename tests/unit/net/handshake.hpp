// SPDX-License-Identifier: Apache-2.0
// Two ends of a connection without a network that begin TLS with each other.
#pragma once

#include "gateway/net/stream.hpp"
#include "gateway/net/tls.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

namespace net::test {
using Context = std::shared_ptr<const TlsContext>;

/// Both ends shake hands; what each end says of it.
struct Handshake {
    std::string server_lost;
    std::string client_lost;
    std::string problem;
    std::string summary;
};

inline awaitable<void> shake(Stream& stream, Context context, std::string name, std::string& lost)
{
    try {
        co_await stream.start_tls(std::move(context), name);
        // A TLS 1.3 client is done before the server has judged: both say a word.
        stream.queue("hello\r\n");
        const auto line = co_await stream.read_line(100);
        CHECK(line.text == "hello");
    } catch (const ConnectionLost& error) {
        lost = error.what();
        stream.close();
    }
}

inline Handshake handshake(const Context& server, const Context& client, const std::string& name)
{
    Loop loop{Env::real()};
    auto [near, far] = stream_pair(loop);
    Handshake result;
    support::run(loop, shake(near, server, "", result.server_lost),
                 shake(far, client, name, result.client_lost));
    result.problem = far.tls_problem();
    result.summary = far.tls_summary();
    CHECK((near.tls_summary() == far.tls_summary() || !result.client_lost.empty()));
    return result;
}
}
