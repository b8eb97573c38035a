// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/front/gate_link.hpp"
#include "web/front/settings.hpp"

namespace front {
/// Sign-in and sign-out by form. The gate judges name and password; the token it gives becomes a
/// cookie and is seen by no page.
class SignIn {
public:
    SignIn(const Settings& settings, GateLink& gate) : settings_{settings}, gate_{gate} { }
    /// GET and POST of /sign-in. Throws GateSilent.
    awaitable<net::HttpResponse> answer(const net::HttpRequest& request, const Visitor& visitor);
    /// GET and POST of /sign-out.
    awaitable<net::HttpResponse> sign_out(const net::HttpRequest& request, const Visitor& visitor);

private:
    net::HttpResponse form(const Visitor& visitor, std::string_view said, bool is_error,
                           unsigned status, const std::string& next,
                           const std::string& name = {}) const;

    const Settings& settings_;
    GateLink& gate_;
};
}
