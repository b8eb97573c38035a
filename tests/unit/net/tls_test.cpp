// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/stream.hpp"
#include "gateway/net/tls.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/net/handshake.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <openssl/pem.h>

using namespace std::chrono_literals;
using net::awaitable;
using net::Stream;
using net::TlsContext;
using net::Verify;
using net::test::Context;
using net::test::handshake;
using net::test::shake;

namespace {
support::CertificateAuthority& authority()
{
    static support::CertificateAuthority made;
    return made;
}

Context server_for(const std::vector<std::string>& names, std::chrono::hours validity = 24h)
{
    return *TlsContext::server({authority().issue(names, validity)});
}

Context verifying_client() { return *TlsContext::client(Verify::required, authority().file()); }
Context trusting_client() { return *TlsContext::client(Verify::none, authority().file()); }

std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>((i * 2654435761U) >> 13);
    return text;
}

awaitable<void> read_exactly(Stream& stream, std::string& into, std::size_t size)
{
    std::string space(40'000, '\0');
    while (into.size() < size) {
        const std::size_t got = co_await stream.read_some(space);
        into.append(space, 0, got);
    }
}

/// Two ends that already talk TLS.
struct Pair {
    Pair() : ends{net::stream_pair(loop)}
    {
        std::string lost;
        support::run(loop, shake(ends.first, server_for({"a.test"}), "", lost),
                     shake(ends.second, verifying_client(), "a.test", lost));
        REQUIRE(lost.empty());
    }
    net::Loop loop{net::Env::real()};
    std::pair<Stream, Stream> ends;
};
}

TEST_CASE("a certificate with the right name and chain verifies")
{
    const auto server = server_for({"mx.example.test", "*.wild.test", "IP:192.0.2.1"});
    for (const char* name :
         {"mx.example.test", "MX.Example.Test", "mx.example.test.", "a.wild.test", "192.0.2.1"}) {
        INFO(name);
        const auto result = handshake(server, verifying_client(), name);
        CHECK(result.server_lost.empty());
        CHECK(result.client_lost.empty());
        CHECK(result.problem.empty());
        CHECK(result.summary.starts_with("TLSv1.3 TLS_"));
    }
}

TEST_CASE("a client that verifies refuses the wrong name, the past, and strangers")
{
    struct Case {
        Context server;
        Context client;
        std::string name;
        std::string why;
    };
    const Case cases[] = {
        {server_for({"mx.example.test"}), verifying_client(), "other.test", "mismatch"},
        {server_for({"*.wild.test"}), verifying_client(), "a.b.wild.test", "mismatch"},
        {server_for({"*.wild.test"}), verifying_client(), "wild.test", "mismatch"},
        {server_for({"a.test"}), verifying_client(), "192.0.2.1", "mismatch"},
        {server_for({"a.test"}, -24h), verifying_client(), "a.test", "expired"},
        {server_for({"a.test"}), *TlsContext::client(Verify::required), "a.test", "local issuer"},
        {server_for({"a.test"}), verifying_client(), "", "no name"},
    };
    for (const Case& one : cases) {
        const auto result = handshake(one.server, one.client, one.name);
        CHECK_THAT(result.client_lost, Catch::Contains(one.why));
        CHECK_FALSE(result.server_lost.empty());
    }
}

TEST_CASE("a client that does not verify goes on and says what was wrong")
{
    const auto server = server_for({"a.test"});
    CHECK(handshake(server, trusting_client(), "a.test").problem.empty());
    CHECK_THAT(handshake(server, trusting_client(), "b.test").problem, Catch::Contains("mismatch"));
    CHECK_THAT(handshake(server_for({"a.test"}, -24h), trusting_client(), "a.test").problem,
               Catch::Contains("expired"));
    const auto stranger = handshake(server, *TlsContext::client(Verify::none), "a.test");
    CHECK(stranger.client_lost.empty());
    CHECK_THAT(stranger.problem, Catch::Contains("local issuer"));
}

TEST_CASE("the name asked for chooses the certificate")
{
    const auto server = *TlsContext::server({authority().issue({"first.test"}),
                                             authority().issue({"second.test", "*.second.test"}),
                                             authority().issue({"exact.second.test"})});
    for (const char* name :
         {"first.test", "second.test", "any.second.test", "exact.second.test", "SECOND.test"})
        CHECK(handshake(server, verifying_client(), name).client_lost.empty());
    CHECK(server->context_for("exact.second.test") != server->context_for("any.second.test"));
    CHECK(server->context_for("unknown.test") == nullptr);
    CHECK(server->context_for("a.b.second.test") == nullptr);
    CHECK(server->context_for("") == nullptr);
    CHECK(server->context_for(".") == nullptr);
    CHECK(server->context_for("first.test.") == server->native());
    CHECK_THAT(handshake(server, trusting_client(), "unknown.test").problem,
               Catch::Contains("mismatch"));
}

TEST_CASE("a context tells when its first certificate ends")
{
    const auto server = *TlsContext::server(
        {authority().issue({"a.test"}, 240h), authority().issue({"b.test"}, 48h)});
    const auto left = server->expires_at() - std::chrono::system_clock::now();
    CHECK(left > 47h);
    CHECK(left <= 48h);
}

TEST_CASE("a context that cannot be made names the file")
{
    const auto good = authority().issue({"a.test"});
    const auto other = authority().issue({"b.test"});
    const std::string missing = authority().folder() / "missing.pem";
    const std::string broken = authority().folder() / "broken.pem";
    std::ofstream{broken} << "-----BEGIN CERTIFICATE-----\nnonsense\n";
    CHECK_THAT(TlsContext::server({}).error(), Catch::Contains("certificate"));
    CHECK_THAT(TlsContext::server({{missing, good.key}}).error(), Catch::Contains(missing));
    CHECK_THAT(TlsContext::server({{broken, good.key}}).error(), Catch::Contains(broken));
    CHECK_THAT(TlsContext::server({{good.certificate, missing}}).error(), Catch::Contains(missing));
    CHECK_THAT(TlsContext::server({{good.certificate, other.key}}).error(),
               Catch::Contains(other.key));
    CHECK_THAT(TlsContext::client(Verify::required, missing).error(), Catch::Contains(missing));
}

TEST_CASE("a key with a passphrase is an error, not a question")
{
    const auto files = authority().issue({"a.test"});
    const std::string locked = authority().folder() / "locked.key";
    EVP_PKEY* key = EVP_EC_gen("P-256");
    std::FILE* file = std::fopen(locked.c_str(), "w");
    REQUIRE(file);
    static unsigned char word[] = "secret";
    CHECK(PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), word, 6, nullptr, nullptr) == 1);
    std::fclose(file);
    EVP_PKEY_free(key);
    CHECK_FALSE(TlsContext::server({{files.certificate, locked}}));
}

TEST_CASE("megabytes go both ways over TLS")
{
    Pair pair;
    const std::string there = pattern(5'000'000);
    const std::string back = pattern(3'000'001);
    const auto send = [](Stream& stream, const std::string& text) -> awaitable<void> {
        std::vector<std::string_view> pieces{"stamp", ""};
        std::string_view rest = text;
        for (std::size_t size = 1; !rest.empty(); size = (size * 7 + 1) % 50'000) {
            pieces.push_back(rest.substr(0, size));
            rest.remove_prefix(std::min(size, rest.size()));
        }
        stream.queue("queue");
        co_await stream.write(pieces);
    };
    std::string first;
    std::string second;
    support::run(pair.loop, send(pair.ends.first, there),
                 read_exactly(pair.ends.second, first, there.size() + 10));
    support::run(pair.loop, send(pair.ends.second, back),
                 read_exactly(pair.ends.first, second, back.size() + 10));
    CHECK(first == "queuestamp" + there);
    CHECK(second == "queuestamp" + back);
}

TEST_CASE("lines over TLS come one by one, also those of one record")
{
    Pair pair;
    auto& [near, far] = pair.ends;
    const auto talk = [](Stream& client, Stream& server) -> awaitable<void> {
        std::string many;
        for (int i = 0; i < 2000; ++i)
            many += "line " + std::to_string(i) + "\r\n";
        client.queue(many);
        co_await client.flush();
        for (int i = 0; i < 2000; ++i) {
            const auto line = co_await server.read_line(100);
            REQUIRE(line.text == "line " + std::to_string(i));
        }
    };
    support::run(pair.loop, talk(far, near));
}

TEST_CASE("replies to lines of one record wait for the last of them")
{
    Pair pair;
    auto& [near, far] = pair.ends;
    const auto talk = [](Stream& client, Stream& server) -> awaitable<void> {
        for (int i = 0; i < 100; ++i)
            client.queue("RCPT TO:<somebody@example.test>\r\n");
        co_await client.flush();
        for (int i = 0; i < 100; ++i) {
            co_await server.read_line(100);
            REQUIRE(client.readable_now() == 0);
            server.queue("250 ok\r\n");
        }
        co_await server.flush();
        CHECK(client.readable_now() > 800);
    };
    support::run(pair.loop, talk(far, near));
}

TEST_CASE("a peer that keeps a TLS stream full does not starve the loop")
{
    Pair pair;
    auto& [near, far] = pair.ends;
    int turns = 0;
    bool is_done = false;
    const auto send = [](Stream& stream) -> awaitable<void> {
        const std::string body(10'000'000, 'x');
        const std::string_view piece = body;
        co_await stream.write({&piece, 1});
    };
    const auto read = [](Stream& stream, bool& done) -> awaitable<void> {
        std::string into;
        co_await read_exactly(stream, into, 10'000'000);
        done = true;
    };
    const auto count = [](int& count, const bool& done) -> awaitable<void> {
        while (!done) {
            ++count;
            co_await net::yield();
        }
    };
    support::run(pair.loop, send(far), read(near, is_done), count(turns, is_done));
    CHECK(turns > 100);
}

TEST_CASE("a goodbye and a cut are both a lost connection, told apart")
{
    Pair pair;
    auto& [near, far] = pair.ends;
    const bool is_polite = GENERATE(true, false);
    if (is_polite) {
        far.close();
    } else {
        Stream dropped = std::move(far);
    }
    const auto read = [](Stream& stream) -> awaitable<void> { co_await stream.read_line(100); };
    CHECK_THROWS_WITH(support::run(pair.loop, read(near)),
                      Catch::Contains(is_polite ? "the peer closed" : "unexpected eof"));
}

TEST_CASE("plain text behind STARTTLS ends the connection before the handshake")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    const auto attack = [](Stream& client) -> awaitable<void> {
        client.queue("STARTTLS\r\nRCPT TO:<victim@example.test>\r\n");
        co_await client.flush();
    };
    const auto serve = [](Stream& server) -> awaitable<void> {
        const auto line = co_await server.read_line(100);
        CHECK(line.text == "STARTTLS");
        CHECK(server.buffered() > 0);
        server.queue("220 go\r\n");
        co_await server.start_tls(server_for({"a.test"}));
    };
    CHECK_THROWS_WITH(support::run(loop, attack(far), serve(near)), Catch::Contains("plain text"));
    CHECK_FALSE(near.is_tls());
}

TEST_CASE("a peer that speaks no TLS is lost, one that is silent times out")
{
    net::TestEnv env;
    net::Loop loop{env};
    auto [near, far] = net::stream_pair(loop);
    const bool is_silent = GENERATE(true, false);
    const auto serve = [](Stream& server, bool silent) -> awaitable<void> {
        server.expires_after(10s);
        const auto context = server_for({"a.test"});
        if (silent)
            CHECK_THROWS_AS(co_await server.start_tls(context), net::TimedOut);
        else
            CHECK_THROWS_AS(co_await server.start_tls(context), net::ConnectionLost);
    };
    const auto other
        = [](Stream& client, bool silent, net::Loop& on, net::TestEnv& time) -> awaitable<void> {
        for (int i = 0; i < 3; ++i)
            co_await net::yield();
        if (!silent) {
            client.queue("EHLO plain.example.test\r\n");
            co_await client.flush();
        }
        time.advance(silent ? 10s : 0s);
        on.sweep_deadlines();
    };
    support::run(loop, serve(near, is_silent), other(far, is_silent, loop, env));
}
