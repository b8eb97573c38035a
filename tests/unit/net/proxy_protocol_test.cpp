// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/proxy_protocol.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

using namespace std::string_literals;
using net::awaitable;
using net::parse_proxy_header;

namespace {
const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string binary(int version, int family, const std::string& block)
{
    return signature + static_cast<char>(version) + static_cast<char>(family)
        + static_cast<char>(block.size() >> 8) + static_cast<char>(block.size() & 255) + block;
}

const std::string v4_block = "\xc0\x00\x02\x01\xcb\x00\x71\x05\x04\x00\x00\x19"s;
const std::string v6_block = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"
    + "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x02" + "\x04\x00\x00\x19"s;

std::string text(const std::optional<net::Endpoint>& endpoint)
{
    return endpoint ? endpoint->to_string() : "none";
}
}

TEST_CASE("a whole PROXY header names client, server and its own length")
{
    struct Case {
        std::string bytes;
        std::string client;
        std::string server;
    };
    const Case cases[] = {
        {"PROXY TCP4 192.0.2.1 203.0.113.5 1024 25\r\n", "192.0.2.1:1024", "203.0.113.5:25"},
        {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535",
         "255.255.255.255:65535"},
        {"PROXY TCP6 2001:db8::1 2001:db8::2 1024 25\r\n", "[2001:db8::1]:1024",
         "[2001:db8::2]:25"},
        {"PROXY UNKNOWN\r\n", "none", "none"},
        {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "none", "none"},
        {binary(0x21, 0x11, v4_block), "192.0.2.1:1024", "203.0.113.5:25"},
        {binary(0x21, 0x21, v6_block), "[2001:db8::1]:1024", "[2001:db8::2]:25"},
        {binary(0x21, 0x11, v4_block + "\x04\x00\x02zz"s), "192.0.2.1:1024", "203.0.113.5:25"},
        {binary(0x21, 0x11, v4_block + std::string(508, 't')), "192.0.2.1:1024", "203.0.113.5:25"},
        {binary(0x20, 0x00, ""), "none", "none"},
        {binary(0x20, 0x11, v4_block), "none", "none"},
        {binary(0x20, 0xff, std::string(520, 'x')), "none", "none"},
        {binary(0x21, 0x00, "abc"), "none", "none"},
        {binary(0x21, 0x31, std::string(216, 'p')), "none", "none"},
    };
    for (const Case& one : cases) {
        for (const std::string& behind : {""s, "EHLO x\r\n"s, std::string(1000, '\n')}) {
            const auto parsed = parse_proxy_header(one.bytes + behind);
            REQUIRE(parsed);
            REQUIRE(*parsed);
            CHECK((*parsed)->length == one.bytes.size());
            CHECK(text((*parsed)->client) == one.client);
            CHECK(text((*parsed)->server) == one.server);
        }
        for (std::size_t size = 0; size < one.bytes.size(); ++size) {
            const auto parsed = parse_proxy_header(one.bytes.substr(0, size));
            REQUIRE(parsed);
            CHECK_FALSE(*parsed);
        }
    }
}

TEST_CASE("what is not quite a PROXY header is refused")
{
    const std::string cases[] = {
        "EHLO x\r\n",
        "x",
        "proxy TCP4 192.0.2.1 203.0.113.5 1024 25\r\n",
        "PROXY\r\n",
        "PROXY \r\n",
        "PROXY \n",
        "PROXY TCP4 192.0.2.1 203.0.113.5 1024 25\n",
        "PROXY TCP4 192.0.2.1 203.0.113.5 1024\r\n",
        "PROXY TCP4 192.0.2.1 203.0.113.5 1024 25 \r\n",
        "PROXY TCP4  192.0.2.1 203.0.113.5 1024 25\r\n",
        "PROXY TCP4 192.0.2.1 203.0.113.5 1024 65536\r\n",
        "PROXY TCP4 192.0.2.1 203.0.113.5 1024 025\r\n",
        "PROXY TCP4 192.0.2.1 203.0.113.5 -1 25\r\n",
        "PROXY TCP4 192.0.2.256 203.0.113.5 1024 25\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1024 25\r\n",
        "PROXY TCP6 192.0.2.1 203.0.113.5 1024 25\r\n",
        "PROXY TCP6 2001:db8::1%eth0 2001:db8::2 1024 25\r\n",
        "PROXY UDP4 192.0.2.1 203.0.113.5 1024 25\r\n",
        "PROXY TCP4 192.0.2.1\0 203.0.113.5 1024 25\r\n"s,
        "PROXY UNKNOWN " + std::string(93, 'x'),
        "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n",
        signature + "\x31\x11\x00\x0c"s + v4_block,
        binary(0x11, 0x11, v4_block),
        binary(0x22, 0x11, v4_block),
        binary(0x21, 0x12, v4_block),
        binary(0x21, 0x22, v6_block),
        binary(0x21, 0x41, v4_block),
        binary(0x21, 0x11, v4_block.substr(0, 11)),
        binary(0x21, 0x21, v6_block.substr(0, 35)),
        binary(0x21, 0x21, v4_block),
        signature + "\x21\x11\x02\x09"s,
        signature + "\x21\x11\xff\xff"s,
    };
    for (const std::string& bytes : cases) {
        INFO(bytes);
        CHECK_FALSE(parse_proxy_header(bytes));
    }
}

TEST_CASE("a PROXY header is cut off the stream and the rest is read next")
{
    const std::string header = GENERATE("PROXY TCP4 192.0.2.1 203.0.113.5 1024 25\r\n"s,
                                        binary(0x21, 0x11, v4_block + std::string(508, 't')));
    const std::size_t step = GENERATE(1UL, 11UL, 4096UL);
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    const auto send = [](net::Stream& to, std::string bytes, std::size_t size) -> awaitable<void> {
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            to.queue(std::string_view{bytes}.substr(at, size));
            co_await to.flush();
            co_await net::yield();
        }
    };
    const auto read = [](net::Stream& from) -> awaitable<void> {
        auto parsed = co_await net::read_proxy_header(from);
        CHECK(text(parsed.client) == "192.0.2.1:1024");
        auto line = co_await from.read_line(100);
        CHECK(line.text == "EHLO x");
    };
    support::run(loop, send(far, header + "EHLO x\r\n", step), read(near));
}

TEST_CASE("a connection that does not begin with a PROXY header is lost")
{
    net::Loop loop{net::Env::real()};
    auto [near, far] = net::stream_pair(loop);
    far.queue("EHLO x\r\n");
    const auto talk = [](net::Stream& from, net::Stream& to) -> awaitable<void> {
        co_await to.flush();
        co_await net::read_proxy_header(from);
    };
    CHECK_THROWS_AS(support::run(loop, talk(near, far)), net::ConnectionLost);
}
