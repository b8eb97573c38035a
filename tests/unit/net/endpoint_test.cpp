// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/endpoint.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>

TEST_CASE("endpoints are read strictly and written as they are read")
{
    struct Case {
        std::string text;
        std::string result; ///< "none": refused
    };
    const Case cases[] = {
        {"192.0.2.1:25", "192.0.2.1:25"},
        {"[2001:DB8::1]:25", "[2001:db8::1]:25"},
        {"*:25", "0.0.0.0:25"},
        {"[::]:0", "[::]:0"},
        {"[::ffff:192.0.2.1]:25", "192.0.2.1:25"},
        {"", "none"},
        {":25", "none"},
        {"192.0.2.1", "none"},
        {"192.0.2.1:", "none"},
        {"192.0.2.1:65536", "none"},
        {"192.0.2.1:+5", "none"},
        {"192.0.2.1:025", "none"},
        {"192.0.2.1:25 ", "none"},
        {" 192.0.2.1:25", "none"},
        {"192.0.2:25", "none"},
        {"[192.0.2.1]:25", "none"},
        {"2001:db8::1:25", "none"},
        {"[2001:db8::1]", "none"},
        {"[2001:db8::1%lo]:25", "none"},
        {"localhost:25", "none"},
        {std::string{"192.0.2.1\0:25", 13}, "none"},
        {std::string(1000, '1') + ":25", "none"},
    };
    for (const auto& one : cases) {
        INFO(one.text);
        const auto endpoint = net::parse_endpoint(one.text);
        CHECK((endpoint ? endpoint->to_string() : "none") == one.result);
    }
}

TEST_CASE("an endpoint survives the system's form")
{
    for (const char* text : {"192.0.2.1:25", "[2001:db8::1]:65535", "0.0.0.0:0", "[::1]:1"}) {
        sockaddr_storage address{};
        const auto endpoint = *net::parse_endpoint(text);
        net::fill_address(endpoint, address);
        CHECK(net::endpoint_of(reinterpret_cast<const sockaddr&>(address)) == endpoint);
    }
}
