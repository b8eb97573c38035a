// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/front/gate_link.hpp"
#include "web/front/settings.hpp"

namespace front {
/// Where the links of a digest lead: GET shows one held message and what can be done with it, POST
/// does it. The signed token in the link is all that is needed; programs that open every link
/// change nothing by it.
class Digest {
public:
    Digest(const Settings& settings, GateLink& gate) : settings_{settings}, gate_{gate} { }
    /// GET and POST of /digest. Throws GateSilent.
    awaitable<net::HttpResponse> answer(const net::HttpRequest& request, const Visitor& visitor);

private:
    awaitable<net::HttpResponse> act(const net::HttpRequest& request, const Visitor& visitor);
    awaitable<net::HttpResponse> show(const net::HttpRequest& request, const Visitor& visitor);

    const Settings& settings_;
    GateLink& gate_;
};
}
