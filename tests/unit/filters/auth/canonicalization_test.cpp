// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/body_hash.hpp"
#include "filters/auth/canonicalization.hpp"
#include "filters/auth/sha256.hpp"
#include "gateway/net/worker_pool.hpp"
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace filters::auth;

namespace {
constexpr auto simple = Canonicalization::simple;
constexpr auto relaxed = Canonicalization::relaxed;

/// RFC 6376 §3.4.3 and §3.4.4 in their own words, line by line.
std::string plainly(std::string_view body, Canonicalization canonicalization)
{
    std::vector<std::string> lines;
    while (!body.empty()) {
        const auto end = body.find("\r\n");
        std::string line{body.substr(0, end)};
        body.remove_prefix(end == body.npos ? body.size() : end + 2);
        if (canonicalization == relaxed) {
            std::string reduced;
            for (const char c : line) {
                const bool is_blank = c == ' ' || c == '\t';
                if (!is_blank || !reduced.ends_with(' '))
                    reduced += is_blank ? ' ' : c;
            }
            if (reduced.ends_with(' '))
                reduced.pop_back();
            line = reduced;
        }
        lines.push_back(line);
    }
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    std::string out;
    for (const auto& line : lines)
        out += line + "\r\n";
    return out.empty() && canonicalization == simple ? "\r\n" : out;
}

/// Fed in pieces of `size` octets.
BodyHash hash_in_pieces(std::string_view body, BodyForm form, std::size_t size)
{
    BodyHasher hasher{form.canonicalization, form.length};
    for (std::size_t at = 0; at < body.size(); at += size)
        hasher.feed(body.substr(at, size));
    auto hash = hasher.finish();
    return {form, std::move(hash), hasher.octets()};
}

std::string canonical_field(std::string_view raw, Canonicalization canonicalization)
{
    std::string out;
    append_field(out, raw, canonicalization);
    return out;
}
}

TEST_CASE("a field in canonical form is that of RFC 6376")
{
    CHECK(canonical_field("SUBJect: AbC\r\n", simple) == "SUBJect: AbC\r\n");
    CHECK(canonical_field("SUBJect : AbC \t\r\n  d  e\t\r\n", relaxed) == "subject:AbC d e\r\n");
    CHECK(canonical_field("A: X", relaxed) == "a:X\r\n");
    CHECK(canonical_field("A:", relaxed) == "a:\r\n");
    CHECK(canonical_field("A:\r\n \r\n", relaxed) == "a:\r\n");
    CHECK(canonical_field("a:b\r\nc\r\n", relaxed) == "a:bc\r\n");
}

TEST_CASE("an empty body has the hashes that RFC 6376 gives")
{
    const auto body = GENERATE(as<std::string>{}, "", "\r\n", "\r\n\r\n\r\n");
    CHECK(hash_in_pieces(body, {simple}, 1).hash == sha256("\r\n"));
    CHECK(hash_in_pieces(body, {relaxed}, 1).hash == sha256(""));
}

TEST_CASE("bodies of every shape hash the same in any pieces")
{
    const auto body = GENERATE(as<std::string>{}, " C \r\nD \t E\r\n\r\n\r\n", "a", "a\r\n", "a \r",
                               "a\rb\nc\r\n", "\ta", " \r\n \r\n", "\r\n\r\na\r\n\r\nb",
                               "a  b\r\n\r\n", "a\r\n b\r\n", "\r\r\n", "a\r\r\n", "\n",
                               "0123456789abcdef 0123456789abcde \r\n",
                               "0123456789abcdef\t0123456789abcdef\r\nx\r\n");
    for (const auto canonicalization : {simple, relaxed}) {
        const auto canonical = plainly(body, canonicalization);
        for (std::size_t size = 1; size <= body.size() + 1; ++size) {
            INFO(body << " in pieces of " << size);
            const auto hash = hash_in_pieces(body, {canonicalization}, size);
            CHECK(hash.hash == sha256(canonical));
            CHECK(hash.octets == canonical.size());
        }
    }
}

TEST_CASE("random bodies hash as the plain reading of the RFC says")
{
    std::mt19937 random{7};
    constexpr std::string_view octets = "aaaaaaaaab  \t\r\n";
    for (int round = 0; round < 300; ++round) {
        std::string body;
        const auto length = random() % 6000;
        while (body.size() < length)
            if (const auto c = octets[random() % octets.size()]; c == '\r' || c == '\n')
                body += random() % 8 ? "\r\n" : std::string(1, c);
            else
                body.append(random() % 4 ? 1 : random() % 40, c);
        for (const auto canonicalization : {simple, relaxed}) {
            const auto canonical = plainly(body, canonicalization);
            const auto size = random() % 4 ? 1 + random() % 700 : 6000;
            const auto limit = random() % (canonical.size() + 2);
            CHECK(hash_in_pieces(body, {canonicalization}, size).hash == sha256(canonical));
            CHECK(hash_in_pieces(body, {canonicalization, limit}, size).hash
                  == sha256(std::string_view{canonical}.substr(0, limit)));
        }
    }
}

TEST_CASE("lines of any length and any number of empty lines take linear time")
{
    const std::string long_line(3'000'000, 'x');
    std::string empty_lines;
    for (int i = 0; i < 1'000'000; ++i)
        empty_lines += "\r\n";
    for (const auto canonicalization : {simple, relaxed})
        for (const auto& body : {long_line, empty_lines, empty_lines + "x\r\n"})
            CHECK(hash_in_pieces(body, {canonicalization}, 65'536).hash
                  == sha256(plainly(body, canonicalization)));
}

TEST_CASE("a stuffed message hashes like the plain one, wherever its chunks end")
{
    const std::string plain = "A: b\r\n\r\n.dot\r\n..\r\na.b\r\n.\r\n";
    const std::string stuffed = "A: b\r\n\r\n..dot\r\n...\r\na.b\r\n..\r\n";
    const std::vector<BodyForm> forms{{simple}, {relaxed}, {relaxed, 4}};
    const auto wanted = hash_body_here(mail::Message::from_text(plain), forms);
    REQUIRE(hash_of(wanted, {simple}).hash == sha256(".dot\r\n..\r\na.b\r\n.\r\n"));
    for (std::size_t cut = 1; cut < stuffed.size(); ++cut) {
        std::vector<mail::Chunk> chunks;
        chunks.push_back(mail::Chunk::copy_of(std::string_view{stuffed}.substr(0, cut)));
        chunks.push_back(mail::Chunk::copy_of(std::string_view{stuffed}.substr(cut)));
        const mail::Message message{std::move(chunks), mail::Dots::stuffed};
        const auto hashes = hash_body_here(message, forms);
        for (std::size_t i = 0; i < forms.size(); ++i)
            CHECK(hashes[i].hash == wanted[i].hash);
    }
}

TEST_CASE("a large body is hashed by the pool, and one whose owner has left is left alone")
{
    const std::string body(4'000'000, 'x');
    net::WorkerPool pool{1};
    {
        const auto message = mail::Message::from_text("A: b\r\n\r\n" + body + "\r\n");
        const auto hashes = support::complete(hash_body(message, {{simple}}, &pool));
        CHECK(hashes.at(0).hash == sha256(body + "\r\n"));
    }
    for (int round = 0; round < 20; ++round) {
        const auto message = mail::Message::from_text("A: b\r\n\r\n" + body + "\r\n");
        net::Loop loop{net::Env::real()};
        loop.spawn("hash",
                   [](const mail::Message& mail, net::WorkerPool& on,
                      net::Loop& other) -> net::awaitable<void> {
                       other.post([&other] { other.stop(); });
                       co_await hash_body(mail, {{simple}, {relaxed}}, &on);
                   }(message, pool, loop));
        loop.run();
        // Here the loop goes, then the message: the sanitizers would see a thread that reads on.
    }
}
