// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/endpoint.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace net {
namespace {
constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void set_v4(Endpoint& endpoint, const void* four)
{
    std::ranges::copy(v4_prefix, endpoint.bytes.begin());
    std::memcpy(endpoint.bytes.data() + 12, four, 4);
}
}

bool Endpoint::is_v4() const
{
    return !is_local_socket && std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());
}

std::string Endpoint::address() const
{
    if (is_local_socket)
        return "local";
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4())
        ::inet_ntop(AF_INET, bytes.data() + 12, text.data(), text.size());
    else
        ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

std::string Endpoint::to_string() const
{
    if (is_local_socket)
        return "local";
    return is_v4() ? fmt::format("{}:{}", address(), port)
                   : fmt::format("[{}]:{}", address(), port);
}

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0'))
        return std::nullopt;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return port;
}

std::optional<Endpoint> parse_address(std::string_view text, std::uint16_t port)
{
    std::array<char, INET6_ADDRSTRLEN> copy{};
    if (text.size() >= copy.size() || text.contains('\0'))
        return std::nullopt;
    std::ranges::copy(text, copy.begin());
    Endpoint endpoint{.port = port};
    in_addr four{};
    if (::inet_pton(AF_INET, copy.data(), &four) == 1) {
        set_v4(endpoint, &four);
        return endpoint;
    }
    if (::inet_pton(AF_INET6, copy.data(), endpoint.bytes.data()) == 1)
        return endpoint;
    return std::nullopt;
}

std::optional<Endpoint> parse_endpoint(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1));
    if (!port)
        return std::nullopt;
    const std::string_view host = text.substr(0, colon);
    if (host == "*")
        return parse_address("0.0.0.0", *port);
    if (host.starts_with('[') && host.ends_with(']')) {
        const auto endpoint = parse_address(host.substr(1, host.size() - 2), *port);
        return endpoint && host.contains(':') ? endpoint : std::nullopt;
    }
    return host.contains(':') ? std::nullopt : parse_address(host, *port);
}

Endpoint endpoint_of(const sockaddr& address)
{
    Endpoint endpoint;
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        set_v4(endpoint, &v4.sin_addr);
        endpoint.port = ntohs(v4.sin_port);
    } else if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::memcpy(endpoint.bytes.data(), &v6.sin6_addr, endpoint.bytes.size());
        endpoint.port = ntohs(v6.sin6_port);
    } else {
        endpoint.is_local_socket = true;
    }
    return endpoint;
}

unsigned fill_address(const Endpoint& endpoint, sockaddr_storage& address)
{
    address = {};
    if (endpoint.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, endpoint.bytes.data() + 12, 4);
        std::memcpy(&address, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.bytes.data(), endpoint.bytes.size());
    std::memcpy(&address, &v6, sizeof v6);
    return sizeof v6;
}
}
