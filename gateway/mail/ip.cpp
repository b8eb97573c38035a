// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/ip.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace mail {
namespace {
constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
}

std::optional<Ip> Ip::parse(std::string_view text)
{
    char terminated[INET6_ADDRSTRLEN];
    if (text.size() >= sizeof terminated || text.contains('\0'))
        return std::nullopt;
    *std::ranges::copy(text, terminated).out = '\0';
    Bytes bytes{};
    if (text.contains(':')) {
        if (inet_pton(AF_INET6, terminated, bytes.data()) != 1)
            return std::nullopt;
        return Ip{bytes};
    }
    std::ranges::copy(v4_prefix, bytes.begin());
    if (inet_pton(AF_INET, terminated, bytes.data() + v4_prefix.size()) != 1)
        return std::nullopt;
    return Ip{bytes};
}

bool Ip::is_v4() const { return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes_.begin()); }

bool Ip::is_loopback() const
{
    if (is_v4())
        return bytes_[12] == 127;
    Bytes loopback{};
    loopback[15] = 1;
    return bytes_ == loopback;
}

Ip Ip::network(unsigned prefix) const
{
    const unsigned bits = std::min(is_v4() ? prefix + 96 : prefix, 128U);
    Bytes bytes{};
    const std::size_t whole = bits / 8;
    std::copy_n(bytes_.begin(), whole, bytes.begin());
    if (bits % 8 != 0)
        bytes[whole] = static_cast<std::uint8_t>(bytes_[whole] & (0xFF00U >> (bits % 8)));
    return Ip{bytes};
}

std::string Ip::to_string() const
{
    char text[INET6_ADDRSTRLEN];
    const bool v4 = is_v4();
    inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? v4_prefix.size() : 0), text,
              sizeof text);
    return text;
}

std::optional<Network> Network::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    const auto ip = Ip::parse(address);
    if (!ip)
        return std::nullopt;
    // "::ffff:10.0.0.0/104" counts its prefix in 128 bits though the address is IPv4.
    const bool is_mapped = ip->is_v4() && address.contains(':');
    const unsigned widest = ip->is_v4() && !is_mapped ? 32 : 128;
    unsigned prefix = widest;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const char* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, prefix);
        if (error != std::errc{} || stop != end || prefix > widest)
            return std::nullopt;
    }
    if (is_mapped && prefix < 96)
        return std::nullopt;
    Network network;
    network.prefix_ = is_mapped ? prefix - 96 : prefix;
    network.first_ = ip->network(network.prefix_);
    return network;
}

Network Network::of(const Ip& ip, unsigned prefix)
{
    Network network;
    network.prefix_ = std::min(prefix, ip.is_v4() ? 32U : 128U);
    network.first_ = ip.network(network.prefix_);
    return network;
}

bool Network::contains(const Ip& ip) const
{
    return ip.is_v4() == first_.is_v4() && ip.network(prefix_) == first_;
}

std::string Network::to_string() const
{
    return first_.to_string() + '/' + std::to_string(prefix_);
}
}
