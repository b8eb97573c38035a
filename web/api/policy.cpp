// SPDX-License-Identifier: Apache-2.0
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <spdlog/spdlog.h>

namespace web {
awaitable<Response> get_policy(Site& site, Principal, Request)
{
    const auto snapshot = site.context->snapshot();
    JsonWriter json;
    json.begin_object().key("layers").begin_array();
    for (const auto& layer : snapshot->policy.layers)
        json.text(layer);
    json.end_array().key("domains").begin_array();
    for (const auto& [domain, policy] : snapshot->policy.domains)
        json.text(domain);
    json.end_array();
    json.member("mode",
                snapshot->policy.standard.mode == filters::Mode::observe ? "observe" : "enforce");
    json.member("source", snapshot->policy.source).end_object();
    co_return json_response(json.take());
}

namespace {
awaitable<void> reload(Site& site, ReloadOutcome& outcome) { outcome = co_await site.reload(); }
}

awaitable<Response> post_reload(Site& site, Principal principal, Request)
{
    const std::string act = "reload the configuration";
    try {
        co_await audit(site, principal, act, std::string{});
    } catch (const storage::Unavailable& error) {
        // It may be what mends the store; that it was done stands in the log.
        spdlog::warn("the reload is recorded in this log only: {}", error.what());
    }
    ReloadOutcome outcome;
    co_await audited(site, principal, act, reload(site, outcome));
    co_await audit_outcome(site, std::move(principal), act,
                           !outcome.is_done            ? "failed: the old configuration stays"
                               : outcome.needs_restart ? "the gate is to be replaced"
                                                       : "done");
    JsonWriter json;
    json.begin_object()
        .member("reloaded", outcome.is_done)
        .member("restarts", outcome.needs_restart);
    json.member("complaints", outcome.complaints).member("warnings", outcome.warnings).end_object();
    co_return json_response(json.take(), outcome.is_done ? 200 : 422);
}
}
