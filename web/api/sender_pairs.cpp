// SPDX-License-Identifier: Apache-2.0
#include "filters/sender_pairs.hpp"
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/outbound_routes.hpp"
#include "web/api/site.hpp"

namespace web {
using filters::SenderPairs;
using Wall = std::chrono::system_clock::time_point;

namespace {
/// The account and the address of a request; the error is a problem.
struct Pair {
    std::string account, address;
};
std::expected<Pair, Response> pair_in(const Site& site, const Principal& principal,
                                      const Request& request)
{
    const auto account = request.text("account");
    const auto address = mail::Mailbox::parse(request.text("address"));
    if (account.empty() || !address)
        return std::unexpected{
            problem(400, "malformed request", "\"account\" is a name, \"address\" a mail address")};
    const auto& is_own = site.context->services->is_own_domain;
    if (!is_own || !is_own(address->domain()))
        return std::unexpected{
            problem(400, "malformed request", "nobody may use addresses that are not ours")};
    if (!principal.reach.is_everything() && !principal.reach.has_address(address->key()))
        return std::unexpected{problem(403, "not permitted", "it is not in your domains")};
    return Pair{account, address->key()};
}
}

awaitable<Response> get_sender_pairs(Site&, Principal principal, Request request)
{
    const auto limit = request.limit();
    const auto after = request.text("after");
    const auto blank = std::min(after.rfind(' '), after.size());
    const auto found = SenderPairs::here().list(
        request.text("approved") == "true",
        [&reach = principal.reach](const std::string& address) {
            return reach.is_everything() || reach.has_address(address);
        },
        {after.substr(0, blank), after.substr(std::min(blank + 1, after.size()))}, limit);
    JsonWriter json;
    json.begin_object().key("pairs").begin_array();
    for (const auto& one : found) {
        json.begin_object().member("account", one.account).member("address", one.address);
        json.member("first", Wall{one.first}).member("last", Wall{one.last});
        json.member("mails", one.mails).end_object();
    }
    json.end_array().key("next");
    found.size() < limit ? json.null()
                         : json.text(found.back().account + " " + found.back().address);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_sender_pair(Site& site, Principal principal, Request request)
{
    const auto pair = pair_in(site, principal, request);
    if (!pair)
        co_return pair.error();
    co_await audit(site, std::move(principal), "approve sender",
                   pair->account + " " + pair->address);
    const auto now = std::chrono::floor<std::chrono::seconds>(site.context->env->wall_now());
    if (!SenderPairs::here().approve(pair->account, pair->address, now))
        co_return problem(400, "malformed request", "it is too long, or too many are approved");
    JsonWriter json;
    json.begin_object().member("account", pair->account).member("address", pair->address);
    json.member("done", "approved").end_object();
    co_return json_response(json.take());
}

awaitable<Response> delete_sender_pair(Site& site, Principal principal, Request request)
{
    const auto pair = pair_in(site, principal, request);
    if (!pair)
        co_return pair.error();
    co_await audit(site, std::move(principal), "forget sender",
                   pair->account + " " + pair->address);
    JsonWriter json;
    json.begin_object();
    json.member("removed", SenderPairs::here().forget(pair->account, pair->address)).end_object();
    co_return json_response(json.take());
}
}
