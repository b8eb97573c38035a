// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace net {
namespace {
using Result = std::expected<std::optional<ProxyHeader>, std::string>;
using namespace std::string_view_literals;

constexpr std::string_view text_start = "PROXY ";
constexpr std::size_t text_limit = 107;
constexpr std::string_view binary_start = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t binary_head = 16;
constexpr std::size_t binary_limit = 536;

bool may_become(std::string_view bytes, std::string_view start)
{
    const std::size_t size = std::min(bytes.size(), start.size());
    return bytes.substr(0, size) == start.substr(0, size);
}

/// Cuts the next word off; words are separated by exactly one space.
std::string_view take_word(std::string_view& text)
{
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    return word;
}

Result parse_text(std::string_view bytes)
{
    const std::string_view head = bytes.substr(0, text_limit);
    const std::size_t line_end = head.find('\n');
    if (line_end == std::string_view::npos) {
        if (bytes.size() >= text_limit)
            return std::unexpected{"PROXY line without an end"};
        return std::nullopt;
    }
    if (head[line_end - 1] != '\r')
        return std::unexpected{"PROXY line not ended by CRLF"};
    std::string_view rest = head.substr(text_start.size(), line_end - 1 - text_start.size());
    ProxyHeader header{.length = line_end + 1};
    const std::string_view protocol = take_word(rest);
    if (protocol == "UNKNOWN")
        return header;
    const bool is_v4 = protocol == "TCP4";
    if (!is_v4 && protocol != "TCP6")
        return std::unexpected{"PROXY line for an unknown protocol"};
    const std::string_view source = take_word(rest);
    const std::string_view destination = take_word(rest);
    const auto source_port = parse_port(take_word(rest));
    const auto destination_port = parse_port(rest);
    if (!source_port || !destination_port)
        return std::unexpected{"PROXY line without ports"};
    header.client = parse_address(source, *source_port);
    header.server = parse_address(destination, *destination_port);
    if (!header.client || !header.server || source.contains(':') == is_v4
        || destination.contains(':') == is_v4)
        return std::unexpected{"PROXY line without addresses"};
    return header;
}

std::uint16_t number(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>((static_cast<unsigned char>(bytes[at]) << 8)
                                      | static_cast<unsigned char>(bytes[at + 1]));
}

/// An address of `size` octets; four of them become the end of a mapped address.
Endpoint endpoint(std::string_view bytes, std::size_t size, std::uint16_t port)
{
    Endpoint result{.port = port};
    if (size == 4)
        result.bytes[10] = result.bytes[11] = 0xff;
    std::memcpy(result.bytes.data() + 16 - size, bytes.data(), size);
    return result;
}

Result parse_binary(std::string_view bytes)
{
    if (bytes.size() < binary_head)
        return std::nullopt;
    const auto version = static_cast<unsigned char>(bytes[12]);
    const auto family = static_cast<unsigned char>(bytes[13]);
    ProxyHeader header{.length = binary_head + number(bytes, 14)};
    if (version != 0x20 && version != 0x21)
        return std::unexpected{"PROXY header of an unknown version or command"};
    if (header.length > binary_limit)
        return std::unexpected{"PROXY header too long"};
    if (bytes.size() < header.length)
        return std::nullopt;
    const bool is_own_connection = version == 0x20;
    if (is_own_connection || family == 0x00 || family == 0x31)
        return header;
    if (family != 0x11 && family != 0x21)
        return std::unexpected{"PROXY header for an unknown protocol"};
    const std::size_t size = family == 0x11 ? 4 : 16;
    if (header.length < binary_head + 2 * size + 4)
        return std::unexpected{"PROXY header too short for its addresses"};
    const std::string_view block = bytes.substr(binary_head);
    header.client = endpoint(block, size, number(block, 2 * size));
    header.server = endpoint(block.substr(size), size, number(block, 2 * size + 2));
    return header;
}
}

Result parse_proxy_header(std::string_view bytes)
{
    if (may_become(bytes, text_start))
        return bytes.size() < text_start.size() ? Result{std::nullopt} : parse_text(bytes);
    if (may_become(bytes, binary_start))
        return parse_binary(bytes);
    return std::unexpected{"no PROXY header"};
}

awaitable<ProxyHeader> read_proxy_header(Stream& stream)
{
    std::array<char, binary_limit> bytes;
    std::size_t size = 0;
    for (;;) {
        size += co_await stream.read_some(std::span{bytes}.subspan(size));
        const auto parsed = parse_proxy_header({bytes.data(), size});
        if (!parsed)
            throw ConnectionLost{parsed.error()};
        if (!*parsed)
            continue;
        stream.unread({bytes.data() + (*parsed)->length, size - (*parsed)->length});
        co_return **parsed;
    }
}
}
