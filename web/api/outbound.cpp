// SPDX-License-Identifier: Apache-2.0
#include "filters/dead_addresses.hpp"
#include "filters/forwarding_list.hpp"
#include "web/api/audit.hpp"
#include "web/api/csv.hpp"
#include "web/api/json.hpp"
#include "web/api/outbound_routes.hpp"
#include "web/api/site.hpp"

#include <fmt/format.h>

namespace web {
using filters::DeadAddresses;
using filters::ForwardingList;
using Wall = std::chrono::system_clock::time_point;

namespace {
/// "FROM TO", as `next` gives it.
std::pair<std::string, std::string> place_of(std::string_view after)
{
    const auto blank = std::min(after.find(' '), after.size());
    return {std::string{after.substr(0, blank)},
            std::string{after.substr(std::min(blank + 1, after.size()))}};
}

std::function<bool(const std::string&)> within(storage::Reach reach)
{
    return [reach = std::move(reach)](const std::string& address) {
        return reach.is_everything() || reach.has_address(address);
    };
}
}

awaitable<Response> get_forwarding(Site&, Principal principal, Request request)
{
    const auto limit = request.limit();
    const auto found = ForwardingList::here().list(within(principal.reach),
                                                   place_of(request.text("after")), limit);
    JsonWriter json;
    json.begin_object().key("forwarding").begin_array();
    for (const auto& one : found) {
        json.begin_object().member("from", one.from).member("to", one.to);
        json.member("first", Wall{one.first}).member("last", Wall{one.last});
        json.member("mails", one.mails).member("spam", one.spam).end_object();
    }
    json.end_array().key("next");
    found.size() < limit ? json.null() : json.text(found.back().from + " " + found.back().to);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_forwarding_export(Site&, Principal principal, Request)
{
    Response response{.status = 200, .content_type = "text/csv; charset=utf-8"};
    response.headers = {{"content-disposition", "attachment; filename=\"forwarding.csv\""},
                        {"cache-control", "no-store"}};
    response.body = std::string{byte_order_mark} + "from,to,first,last,mails,spam\r\n";
    const auto all = ForwardingList::here().list(within(principal.reach), {}, ForwardingList::most);
    for (const auto& one : all)
        fmt::format_to(std::back_inserter(response.body), "{},{},{},{},{},{}\r\n",
                       csv_cell(one.from), csv_cell(one.to), rfc3339(Wall{one.first}),
                       rfc3339(Wall{one.last}), one.mails, one.spam);
    co_return response;
}

awaitable<Response> get_dead_addresses(Site& site, Principal principal, Request request)
{
    const auto limit = request.limit();
    const auto now = std::chrono::floor<std::chrono::seconds>(site.context->env->wall_now());
    const auto found
        = DeadAddresses::here().list(within(principal.reach), request.text("after"), limit, now);
    JsonWriter json;
    json.begin_object().key("addresses").begin_array();
    for (const auto& one : found) {
        json.begin_object().member("address", one.address).member("sender", one.sender);
        json.member("refusals", one.refusals).member("text", one.text);
        json.member("first", Wall{one.first}).member("last", Wall{one.last}).end_object();
    }
    json.end_array().key("next");
    found.size() < limit ? json.null() : json.text(found.back().address);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> delete_dead_address(Site& site, Principal principal, Request request)
{
    const auto address = mail::Mailbox::parse(request.text("address"));
    if (!address)
        co_return problem(400, "malformed request", "\"address\" is a mail address");
    co_await audit(site, std::move(principal), "revive address", address->key());
    JsonWriter json;
    json.begin_object().member("removed", DeadAddresses::here().forget(address->key()));
    json.end_object();
    co_return json_response(json.take());
}
}
