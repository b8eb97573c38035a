// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"

namespace net {
/// How long one exchange may take: until the whole request is sent and the head of the answer is
/// there; then between two pieces of the body.
struct ExchangeLimits {
    std::chrono::milliseconds answer{60'000};
    std::chrono::milliseconds piece{30'000};
    std::size_t header = 64 * 1024;
    /// Awaited each time the head was waited for so long; what it throws ends the wait.
    std::chrono::milliseconds patience{3'000};
    std::function<awaitable<void>()> on_silence = {};
};
/// One request over a connected stream. Returns with the head of the answer; its body comes by
/// `more`, its length in `length` where the other side says it. A `head_only` answer has none.
/// Throws TimedOut, or ConnectionLost also for what is no HTTP.
awaitable<HttpResponse> http_exchange(Stream stream, HttpRequest request,
                                      ExchangeLimits limits = {});
/// All of a body that comes in pieces, put into `body`. Throws ConnectionLost beyond `limit`.
awaitable<void> gather_body(HttpResponse& response, std::size_t limit);
}
