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

/// What the front itself asks the gate.
struct Question {
    std::string method, target;
    std::string json = {}; ///< the body
    std::string token = {}; ///< whose question it is; "" nobody's
    /// What proves that a page of ours sent the form behind it; nullopt: no form did.
    std::optional<std::string> csrf = {};
};

/// Asks the gate over web.sock, each question over a connection of its own: they wait in the
/// listening socket, which the supervisor keeps, while a gate starts. Lives on one loop.
class GateLink {
public:
    explicit GateLink(std::string socket) : socket_{std::move(socket)} { }
    /// Throws GateSilent. The answer's body comes by `more`.
    awaitable<net::HttpResponse> ask(net::HttpRequest request);
    /// A question of the front's own on behalf of `visitor`; the whole answer, of at most 4 MiB.
    awaitable<net::HttpResponse> ask(const Visitor& visitor, Question question);

private:
    std::string socket_;
    std::shared_ptr<std::size_t> under_way_ = std::make_shared<std::size_t>(0);
};

/// The request as the gate shall see it: the fields it may have of a client's, and who asks.
net::HttpRequest forwarded(net::HttpRequest request, const Visitor& visitor);
/// The answer as a client may see it; a change of session becomes a cookie.
void make_public(net::HttpResponse& response, const Visitor& visitor);
}
