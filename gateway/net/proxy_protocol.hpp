// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/stream.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace net {
/// What a PROXY header says (haproxy's proxy-protocol.txt 2.x, versions 1 and 2).
struct ProxyHeader {
    std::optional<Endpoint>
        client{}; ///< nullopt: LOCAL or UNKNOWN, the connection is the proxy's own
    std::optional<Endpoint> server{};
    std::size_t length = 0; ///< octets to drop
};
/// Parses the head of a connection: a header, nullopt when more bytes are needed, or why it is
/// none. At most 107 octets for version 1, 536 for version 2 (TLVs are skipped, not read).
std::expected<std::optional<ProxyHeader>, std::string> parse_proxy_header(std::string_view bytes);

/// Reads one from the front of a stream and leaves the rest unread; throws ConnectionLost on
/// garbage.
awaitable<ProxyHeader> read_proxy_header(Stream& stream);
}
