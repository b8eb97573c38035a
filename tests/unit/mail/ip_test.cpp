// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/ip.hpp"

#include <catch2/catch.hpp>

using namespace std::string_literals;

namespace mail {
namespace {
std::string ip(std::string_view text)
{
    const auto parsed = Ip::parse(text);
    return parsed ? parsed->to_string() : "-";
}

std::string network(std::string_view text)
{
    const auto parsed = Network::parse(text);
    return parsed ? parsed->to_string() : "-";
}
}

TEST_CASE("addresses are read and written in one form")
{
    const auto [text, expected] = GENERATE_COPY(table<std::string, std::string>({
        {"192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"::", "::"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::192.0.2.1", "::192.0.2.1"},
        {"", "-"},
        {"192.0.2", "-"},
        {"192.0.2.256", "-"},
        {"192.0.2.01", "-"},
        {"0xc0.0.2.1", "-"},
        {" 192.0.2.1", "-"},
        {"192.0.2.1 ", "-"},
        {"192.0.2.1\0"s, "-"},
        {"fe80::1%eth0", "-"},
        {"[::1]", "-"},
        {"1:2:3:4:5:6:7:8:9", "-"},
        {std::string(1000, '1'), "-"},
    }));
    CHECK(ip(text) == expected);
}

TEST_CASE("families and loopback are told apart")
{
    CHECK(Ip::parse("127.1.2.3")->is_loopback());
    CHECK(Ip::parse("::1")->is_loopback());
    CHECK_FALSE(Ip::parse("128.0.0.1")->is_loopback());
    CHECK_FALSE(Ip::parse("::2")->is_loopback());
    CHECK(Ip::parse("127.0.0.1")->is_v4());
    CHECK_FALSE(Ip::parse("::127.0.0.1")->is_v4());
    CHECK(Ip::parse("9.0.0.1") < Ip::parse("10.0.0.1"));
}

TEST_CASE("a network clears its host bits")
{
    const auto [text, expected] = GENERATE(table<const char*, const char*>({
        {"10.1.2.3/8", "10.0.0.0/8"},
        {"10.1.2.3", "10.1.2.3/32"},
        {"10.1.2.3/0", "0.0.0.0/0"},
        {"10.1.2.255/25", "10.1.2.128/25"},
        {"10.1.2.255/31", "10.1.2.254/31"},
        {"2001:db8:ffff::/33", "2001:db8:8000::/33"},
        {"2001:db8::1", "2001:db8::1/128"},
        {"::/0", "::/0"},
        {"::ffff:10.1.2.3/104", "10.0.0.0/8"},
        {"::ffff:0:0/95", "-"},
        {"10.0.0.0/33", "-"},
        {"::/129", "-"},
        {"10.0.0.0/", "-"},
        {"10.0.0.0/-1", "-"},
        {"10.0.0.0/8 ", "-"},
        {"10.0.0.0/99999999999", "-"},
        {"/8", "-"},
    }));
    CHECK(network(text) == expected);
}

TEST_CASE("a network contains its own family's addresses only")
{
    const auto [net, address, expected] = GENERATE(table<const char*, const char*, bool>({
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "10.0.0.1", false},
        {"2001:db8::/32", "2001:db8:1::", true},
        {"2001:db8::/32", "2001:db9::", false},
    }));
    CHECK(Network::parse(net)->contains(*Ip::parse(address)) == expected);
}
}
