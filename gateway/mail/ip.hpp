// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mail {
/// An IPv4 or IPv6 address. IPv4 is kept as ::ffff:a.b.c.d, so one ordering serves both.
class Ip {
public:
    using Bytes = std::array<std::uint8_t, 16>;
    constexpr Ip() = default;
    explicit constexpr Ip(const Bytes& bytes) : bytes_{bytes} { }
    /// Reads "192.0.2.1" or "2001:db8::1" (no zone, no brackets); nullopt otherwise.
    static std::optional<Ip> parse(std::string_view text);

    const Bytes& bytes() const { return bytes_; }
    bool is_v4() const;
    bool is_loopback() const;
    /// The first `prefix` bits; for IPv4 counted within its 32 bits.
    Ip network(unsigned prefix) const;
    std::string to_string() const;
    auto operator<=>(const Ip&) const = default;

private:
    Bytes bytes_{};
};

/// A CIDR block such as 10.0.0.0/8; host bits are cleared.
class Network {
public:
    /// Reads "ADDRESS/PREFIX" or a single address; nullopt otherwise.
    static std::optional<Network> parse(std::string_view text);
    /// The block of that length around an address; `prefix` counts within the address family.
    static Network of(const Ip& ip, unsigned prefix);
    const Ip& first() const { return first_; }
    /// Bits within the address family: 0-32 or 0-128.
    unsigned prefix() const { return prefix_; }
    bool contains(const Ip& ip) const;
    std::string to_string() const;
    auto operator<=>(const Network&) const = default;

private:
    Ip first_;
    unsigned prefix_ = 128;
};
}
