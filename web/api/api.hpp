// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "web/api/principal.hpp"
#include "web/api/site.hpp"

#include <string>

namespace web {
/// The one API under /api/v1: command line, pages and third parties use it (interface.md §5).
/// Lives on one loop; answers of any number of requests may be under way.
class Api {
public:
    explicit Api(Site& site) : site_{site} { }
    /// Never throws for what the caller sent: errors are RFC 9457 problems.
    awaitable<net::HttpResponse> answer(Principal principal, net::HttpRequest request);
    /// The same on web.sock, where a token in the request says who asks.
    awaitable<net::HttpResponse> answer_web(net::HttpRequest request);

private:
    Site& site_;
};

/// The text of GET /metrics.
std::string metrics_text(const Site& site);
/// Why new mail is not taken now, for GET /readyz; "" when it is. A next hop that is down is no
/// such reason: mail for it waits in the queue.
std::string why_not_ready(const Site& site);
}
