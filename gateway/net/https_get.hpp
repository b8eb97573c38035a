// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/endpoint.hpp"
#include "gateway/net/http.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {
class Resolver;
class TlsContext;

/// "https://host:port/path" taken apart.
struct HttpsAddress {
    std::string host; ///< a name or an address, without the brackets of IPv6
    std::uint16_t port = 443;
    std::string target; ///< path and query, at least "/"
    std::string authority; ///< for the Host field
};
/// nullopt: another scheme, a user, a fragment, blanks, control characters or octets beyond ASCII.
std::optional<HttpsAddress> parse_https_address(std::string_view text);

struct FetchLimits {
    std::size_t body = 1 << 20;
    std::chrono::milliseconds connect{10'000}; ///< to one address, with its handshake
    std::chrono::milliseconds all{120'000};
};
struct HttpsAnswer {
    unsigned status = 0;
    std::string body;
};
/// Which addresses may be spoken to; none: all.
using MayReach = std::function<bool(const Endpoint& server)>;
/// What the server at `address` answers to `request`, whose target and Host are the address's; or
/// why there is no answer. The addresses of its name are tried in order. Redirects are not
/// followed. `context` is a client's that verifies. Throws nothing for what the other side does.
awaitable<std::expected<HttpsAnswer, std::string>>
https_send(Resolver& resolver, HttpsAddress address, HttpRequest request,
           std::shared_ptr<const TlsContext> context, FetchLimits limits, MayReach may_reach = {});
/// The same from the first of these servers that answers.
awaitable<std::expected<HttpsAnswer, std::string>>
https_send(std::vector<Endpoint> servers, HttpsAddress address, HttpRequest request,
           std::shared_ptr<const TlsContext> context, FetchLimits limits, MayReach may_reach = {});

/// The body of what is at `address` (200 alone; redirects are not followed), or why not. `context`
/// is a client's that verifies; the certificate must be for the host. Throws nothing for what the
/// other side does.
awaitable<std::expected<std::string, std::string>>
https_get(Resolver& resolver, HttpsAddress address, std::shared_ptr<const TlsContext> context,
          FetchLimits limits);
}
