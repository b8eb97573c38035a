// SPDX-License-Identifier: Apache-2.0
#include "filters/reputation.hpp"
#include "storage/ledger.hpp"
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

namespace web {
namespace {
constexpr std::string_view whom_text
    = "\"of\" is an IP address, its network (/24, /48) or a signing domain";
}

awaitable<Response> get_reputation(Site& site, Principal, Request request)
{
    const auto keys = filters::reputation_keys(request.text("of"));
    if (keys.empty())
        co_return problem(400, "malformed request", std::string{whom_text});
    auto& ledger = site.context->services->ledgers->reputation;
    const filters::Reputation reputation{ledger};
    const auto now = site.context->env->wall_now();
    JsonWriter json;
    json.begin_object().key("standings").begin_array();
    for (const auto& key : keys) {
        const auto entry = ledger.find(key, std::chrono::floor<std::chrono::seconds>(now));
        const auto standing = reputation.standing(key, now).value_or(filters::Standing{});
        json.begin_object().member("of", key.substr(key.find(' ') + 1));
        json.member("good", standing.good).member("bad", standing.bad);
        json.member("score", standing.score());
        json.key("since");
        entry ? json.time(entry->first) : json.null();
        json.key("last");
        (entry ? json.time(entry->last) : json.null()).end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> delete_reputation(Site& site, Principal principal, Request request)
{
    const auto keys = filters::reputation_keys(request.text("of"));
    if (keys.empty())
        co_return problem(400, "malformed request", std::string{whom_text});
    const std::string act = "forget reputation";
    co_await audit(site, principal, act, request.text("of"));
    unsigned removed = 0;
    for (const auto& key : keys)
        removed += site.context->services->ledgers->reputation.remove(key) ? 1 : 0;
    co_await audit_outcome(site, std::move(principal), act,
                           removed == 0 ? "nothing was known"
                                        : std::to_string(removed) + " forgotten");
    JsonWriter json;
    json.begin_object().member("removed", removed).end_object();
    co_return json_response(json.take());
}
}
