// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/stream.hpp"

#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace net {
/// One HTTP/1.1 request, whole. Header names in lower case.
struct HttpRequest {
    std::string method{};
    std::string target{}; ///< as sent: path and query
    std::map<std::string, std::string> headers{};
    std::string body{};
    Endpoint peer{};
    unsigned peer_uid = ~0U; ///< SO_PEERCRED on a Unix socket
};
struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body{};
    std::map<std::string, std::string> headers{};
};
/// What is larger ends the connection: 431 for the header, 413 for the body; over `connections`
/// 503. `idle`: between requests, then closed without a word. `request`: to receive one, then 408,
/// and again to take the response; what the handler needs in between is its own affair.
struct HttpLimits {
    std::size_t header = 16 * 1024;
    std::size_t body = 16 * 1024 * 1024;
    std::size_t connections = 64;
    std::chrono::milliseconds idle{60'000};
    std::chrono::milliseconds request{30'000};
};
using HttpHandler = std::function<awaitable<HttpResponse>(HttpRequest)>;

/// Serves HTTP/1.1 (Boost.Beast) on a listening descriptor, TCP or Unix; a throw of the handler is
/// 500.
class HttpServer {
public:
    HttpServer(Loop& loop, int descriptor, HttpHandler handler, HttpLimits limits = {});
    ~HttpServer(); ///< ends its connections
    void start();
    void stop();

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
