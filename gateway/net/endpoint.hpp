// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;
struct sockaddr_storage;

namespace net {
/// An address of a peer or of our own end, as plain data.
struct Endpoint {
    std::array<std::uint8_t, 16> bytes{}; ///< IPv4 as ::ffff:a.b.c.d
    std::uint16_t port = 0;
    bool is_local_socket = false; ///< Unix socket: no address

    bool is_v4() const;
    std::string to_string() const; ///< "192.0.2.1:25", "[2001:db8::1]:25", "local"
    /// The address alone: "192.0.2.1", "2001:db8::1", "local".
    std::string address() const;
    bool operator==(const Endpoint&) const = default;
};

/// Reads "192.0.2.1" or "2001:db8::1" (no zone, no brackets); nullopt otherwise.
std::optional<Endpoint> parse_address(std::string_view text, std::uint16_t port);
/// Reads "192.0.2.1:25", "[2001:db8::1]:25" or "*:25" (all of IPv4); nullopt otherwise.
std::optional<Endpoint> parse_endpoint(std::string_view text);
/// Reads 0 to 65535, digits only, no leading zero; nullopt otherwise.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// From what accept, getpeername or getaddrinfo gave; families other than IPv4 and IPv6 are local
/// sockets.
Endpoint endpoint_of(const sockaddr& address);
/// Writes the address as the system wants it and returns its length.
unsigned fill_address(const Endpoint& endpoint, sockaddr_storage& address);
}
