// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "web/front/visitor.hpp"

#include <exception>
#include <memory>
#include <string>

namespace front {
using net::awaitable;

/// The gate gave no answer: it is starting, or busy, or gone.
struct GateSilent : std::exception {
    explicit GateSilent(std::string why, bool is_slow) : why_{std::move(why)}, was_slow{is_slow} { }
    const char* what() const noexcept override { return why_.c_str(); }

private:
    std::string why_;

public:
    bool was_slow; ///< it took the question and then too long
};

/// Asks the gate over web.sock, each question over a connection of its own: they wait in the
/// listening socket, which the supervisor keeps, while a gate starts. Lives on one loop.
class GateLink {
public:
    explicit GateLink(std::string socket) : socket_{std::move(socket)} { }
    /// Throws GateSilent. The answer's body comes by `more`.
    awaitable<net::HttpResponse> ask(net::HttpRequest request);
    /// The same for a request of the front's own with a JSON body, on behalf of `visitor`; the
    /// whole answer, of at most 4 MiB.
    awaitable<net::HttpResponse> ask(const Visitor& visitor, std::string method, std::string target,
                                     std::string json = {});
    /// As above, with this token in place of the visitor's session.
    awaitable<net::HttpResponse> ask_with(const Visitor& visitor, std::string token,
                                          std::string method, std::string target,
                                          std::string json = {});

private:
    std::string socket_;
    std::shared_ptr<std::size_t> under_way_ = std::make_shared<std::size_t>(0);
};

/// The request as the gate shall see it: the fields it may have of a client's, and who asks.
net::HttpRequest forwarded(net::HttpRequest request, const Visitor& visitor);
/// The answer as a client may see it; a change of session becomes a cookie.
void make_public(net::HttpResponse& response, const Visitor& visitor);
}
