// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/stream.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace net {
class TlsContext;

/// One HTTP/1.1 request, whole. Header names in lower case.
struct HttpRequest {
    std::string method{};
    std::string target{}; ///< as sent: path and query
    std::map<std::string, std::string> headers{};
    std::string body{};
    Endpoint peer{};
    unsigned peer_uid = ~0U; ///< SO_PEERCRED on a Unix socket
    bool is_tls = false; ///< the connection it came on
};
/// The rest of a body too large to hold, piece by piece; an empty piece is its end. A throw cuts
/// the connection, so that nobody takes the part for the whole.
using HttpPieces = std::function<awaitable<std::string>()>;
struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body{};
    std::map<std::string, std::string> headers{};
    std::string_view lasting_body{}; ///< in place of `body`: outlives the server, is not copied
    HttpPieces more{}; ///< in place of `body`
    std::optional<std::uint64_t> length{}; ///< of what `more` gives; unknown: it is sent chunked
};
/// What is larger ends the connection: 431 for the header, 413 for the body; over `connections`
/// 503. `idle`: between requests, then closed without a word. `request`: for the handshake of TLS,
/// to receive a request, then 408, and again to take each 256 KiB of the response; what the handler
/// needs in between is its own affair.
struct HttpLimits {
    std::size_t header = 16 * 1024;
    std::size_t body = 16 * 1024 * 1024;
    std::size_t bodies = 256 * 1024 * 1024; ///< of all connections together, then 503
    std::size_t connections = 64;
    std::size_t connections_per_source = 0; ///< 0: no limit of its own
    std::size_t strangers = 0; ///< connections of those that the door calls so
    bool is_idle_reaped = false; ///< when full, the connection idle longest makes room
    std::chrono::milliseconds idle{60'000};
    std::chrono::milliseconds request{30'000};
};
using HttpHandler = std::function<awaitable<HttpResponse>(HttpRequest)>;

/// How a server of the world at large differs from one on a Unix socket.
struct HttpDoor {
    std::shared_ptr<const TlsContext> tls{}; ///< none: plain
    /// Added to every answer that has none of that name, the server's own refusals included.
    std::map<std::string, std::string> headers{};
    /// The limit of one request's body, by its head; HttpLimits::body where there is none.
    std::function<std::size_t(const HttpRequest& head)> body_limit{};
    /// Sources that `connections_per_source` does not count.
    std::function<bool(const Endpoint& peer)> is_exempt{};
    /// Those who will only hear that they may not come in: HttpLimits::strangers holds for them.
    std::function<bool(const Endpoint& peer)> is_stranger{};
};

/// Serves HTTP/1.1 (Boost.Beast) on a listening descriptor, TCP or Unix; a throw of the handler is
/// 500. Speaks plain HTTP only to say so where TLS is meant.
class HttpServer {
public:
    HttpServer(Loop& loop, int descriptor, HttpHandler handler, HttpLimits limits = {},
               HttpDoor door = {});
    ~HttpServer(); ///< ends its connections
    void start();
    /// Takes no more connections. Those that wait for a further request are closed; one that has
    /// asked nothing yet has 2 s for its request and is answered.
    void stop();
    /// Connections now, and how many of them have a request under way or have had no answer yet.
    std::size_t connections() const;
    std::size_t busy() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// One blocking request over a Unix socket, for the command line. The error says what failed;
/// `is_unreachable` tells "no daemon" from other failures.
struct HttpFailure {
    std::string text;
    bool is_unreachable = false;
};
std::expected<HttpResponse, HttpFailure> http_over_socket(const std::string& path,
                                                          const HttpRequest& request,
                                                          std::chrono::milliseconds limit);
}
