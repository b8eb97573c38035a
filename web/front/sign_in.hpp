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
    /// Nobody can sign in yet: the first run has not been. A gate that is silent says nothing.
    awaitable<bool> is_fresh(const Visitor& visitor);
    awaitable<net::HttpResponse> form(const Visitor& visitor, std::string said, bool is_error,
                                      unsigned status, std::string next, std::string name = {});

    const Settings& settings_;
    GateLink& gate_;
    bool is_set_up_ = false; ///< once and for all: the gate is not asked again
};
}
