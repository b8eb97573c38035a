// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/front/digest.hpp"
#include "web/front/gate_link.hpp"
#include "web/front/settings.hpp"
#include "web/front/setup.hpp"
#include "web/front/sign_in.hpp"

namespace front {
/// The web role's answers: files of the pages, forms that work without JavaScript, and everything
/// below /api/ handed to the gate. Keeps nothing; knows neither accounts nor mail. Lives on one
/// loop.
class Front {
public:
    explicit Front(Settings settings);
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;
    awaitable<net::HttpResponse> answer(net::HttpRequest request);

private:
    struct Route;
    awaitable<net::HttpResponse> dispatch(net::HttpRequest request, const Visitor& visitor);
    awaitable<net::HttpResponse> forward(net::HttpRequest request, const Visitor& visitor);
    net::HttpResponse shell(const net::HttpRequest& request, const Visitor& visitor);
    net::HttpResponse gate_is_silent(const GateSilent& silent, bool is_api, bool tries_again,
                                     const Visitor& visitor) const;
    net::HttpResponse missing(const Visitor& visitor) const;
    struct Refused {
        unsigned status;
        std::string_view type, title, text;
    };
    net::HttpResponse refusal(const Refused& refused, bool is_api, const Visitor& visitor) const;
    bool may_enter(std::string_view path, const Visitor& visitor) const;

    Settings settings_;
    GateLink gate_{settings_.gate};
    SignIn sign_in_{settings_, gate_};
    Setup setup_{settings_, gate_};
    Digest digest_{settings_, gate_};
};

/// Header fields of every answer: what a browser may do with it (interface.md §5). `is_tls`: the
/// front itself speaks TLS, so that browsers shall never come without it.
std::map<std::string, std::string> strict_headers(bool is_tls);
/// The limit of one request's body: little for those without a session or token.
std::size_t body_limit(const net::HttpRequest& head);
}
