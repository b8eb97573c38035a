// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "web/front/visitor.hpp"

#include <exception>
#include <map>
#include <memory>
#include <string>

namespace front {
using net::awaitable;

/// The gate gave no answer.
struct GateSilent : std::exception {
    enum class Why {
        away, ///< it is starting, or hangs, or is gone
        slow, ///< it took the question and then too long
        crowded, ///< who asks has too many questions under way: it was not asked
    };
    GateSilent(std::string text, Why reason) : why{reason}, text_{std::move(text)} { }
    const char* what() const noexcept override { return text_.c_str(); }
    Why why;

private:
    std::string text_;
};

/// What the front itself asks the gate.
struct Question {
    std::string method, target;
    std::string json = {}; ///< the body
    std::string token = {}; ///< whose question it is; "" nobody's
    /// What proves that a page of ours sent the form behind it; nullopt: no form did.
    std::optional<std::string> csrf = {};
};

/// Asks the gate over web.sock and waits no longer than it gives signs of life. Each question has a
/// connection of its own: they wait in the listening socket, which the supervisor keeps, while a
/// gate starts. A session and an address have but a share of what may be under way. Lives on one
/// loop.
class GateLink {
public:
    explicit GateLink(std::string socket) : socket_{std::move(socket)} { }
    /// Throws GateSilent. The answer's body comes by `more`.
    awaitable<net::HttpResponse> ask(net::HttpRequest request);
    /// A question of the front's own on behalf of `visitor`; the whole answer, of at most 4 MiB.
    awaitable<net::HttpResponse> ask(const Visitor& visitor, Question question);

private:
    /// Throws GateSilent, and why, where it answers nothing at all: else it is but slow.
    awaitable<void> expect_life(GateSilent::Why otherwise);
    std::string socket_;
    /// Questions whose answers were not taken to the last octet: in all, and by who asked.
    struct Questions {
        std::size_t all = 0;
        std::map<std::string, std::size_t> by;
    };
    class UnderWay;
    std::shared_ptr<Questions> under_way_ = std::make_shared<Questions>();
};

/// The request as the gate shall see it: the fields it may have of a client's, and who asks.
net::HttpRequest forwarded(net::HttpRequest request, const Visitor& visitor);
/// The answer as a client may see it; a change of session becomes a cookie.
void make_public(net::HttpResponse& response, const Visitor& visitor);
}
