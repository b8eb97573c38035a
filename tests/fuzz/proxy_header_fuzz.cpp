// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/proxy_protocol.hpp"
#include "tests/fuzz/require.hpp"

#include <string_view>

/// Whatever the bytes: a header lies within them and its limit, is found by no fewer bytes, and
/// does not depend on what follows it.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto parsed = net::parse_proxy_header(bytes);
    if (!parsed) {
        require(!parsed.error().empty());
        return 0;
    }
    if (!*parsed) {
        require(size < 536);
        return 0;
    }
    const net::ProxyHeader& header = **parsed;
    require(header.length <= size && header.length <= 536 && header.length >= 14);
    require(header.client.has_value() == header.server.has_value());
    const auto exact = net::parse_proxy_header(bytes.substr(0, header.length));
    require(exact && *exact && (*exact)->length == header.length
            && (*exact)->client == header.client);
    const auto shorter = net::parse_proxy_header(bytes.substr(0, header.length - 1));
    require(shorter && !*shorter);
    if (header.client)
        require(net::parse_endpoint(header.client->to_string()) == header.client);
    return 0;
}
