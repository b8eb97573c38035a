// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "web/api/site.hpp"

#include <string>

namespace web {
/// Who asks. Control socket: an administrator by peer credentials.
struct Principal {
    std::string name;
    bool is_administrator = false;
};

/// The one API under /api/v1: command line, pages and third parties use it (interface.md §5).
/// Lives on one loop; answers of any number of requests may be under way.
class Api {
public:
    explicit Api(Site& site) : site_{site} { }
    /// Never throws for what the caller sent: errors are RFC 9457 problems.
    awaitable<net::HttpResponse> answer(Principal principal, net::HttpRequest request);

private:
    Site& site_;
};

/// The text of GET /metrics.
std::string metrics_text(const Site& site);
}
