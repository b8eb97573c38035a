// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/stream.hpp"

#include <string>

namespace net {
/// What a server says of a page without showing it.
struct HttpHead {
    unsigned status = 0; ///< 0: no HTTP, or more than 16 KiB of header
    std::string location; ///< "" none
};
/// One HEAD request (RFC 9110 §9.3.2) over `stream`, which is connected and has its TLS; the
/// stream's own deadline holds. `target`: path and query. Throws TimedOut or ConnectionLost.
awaitable<HttpHead> http_head(Stream stream, std::string host, std::string target);
}
