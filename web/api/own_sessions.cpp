// SPDX-License-Identifier: Apache-2.0
#include "web/api/json.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/session.hpp"

namespace web {
awaitable<Response> get_own_sessions(Site& site, Principal principal, Request)
{
    JsonWriter json;
    json.begin_object().key("sessions").begin_array();
    for (const auto& session : co_await site.sign_in->accounts().sessions(principal.account)) {
        json.begin_object().member("client", session.client).member("created", session.created);
        json.member("seen", session.seen).member("expires", session.expires);
        json.member("current", principal.session == session.hash).end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}

/// All but the one that asks.
awaitable<Response> delete_own_sessions(Site& site, Principal principal, Request)
{
    const auto ended
        = co_await site.sign_in->accounts().end_all(principal.account, principal.session);
    JsonWriter json;
    json.begin_object().member("changed", ended).end_object();
    co_return json_response(json.take());
}
}
