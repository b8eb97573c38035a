// SPDX-License-Identifier: Apache-2.0
// Settings that are made in the pages, and the live tests that go with them.
#include "web/api/audit.hpp"
#include "web/api/dns_check.hpp"
#include "web/api/document.hpp"
#include "web/api/next_hop_test.hpp"
#include "web/api/routes.hpp"
#include "web/api/test_message.hpp"

namespace web {
namespace {
/// "mail1.internal:25", "192.0.2.1", "[2001:db8::1]:2525".
std::optional<smtp::NextHop> server_of(std::string_view text)
{
    smtp::NextHop server;
    const auto bracket = text.find(']');
    const auto colon = text.rfind(':');
    const bool has_port = colon != text.npos && (bracket == text.npos || colon > bracket);
    const auto port = has_port ? net::parse_port(text.substr(colon + 1)) : std::uint16_t{25};
    auto host = has_port ? text.substr(0, colon) : text;
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (!port || *port == 0 || (!mail::Ip::parse(host) && !mail::Domain::parse(host)))
        return {};
    server.host = host;
    server.port = *port;
    return server;
}

void write_listeners(JsonWriter& json, const Site& site)
{
    const auto snapshot = site.context->snapshot();
    json.key("listeners").begin_array();
    for (const auto& listener : site.listeners) {
        const auto& all = snapshot->settings.listeners;
        const auto own = std::ranges::find(all, listener.name, &smtp::ListenerSettings::name);
        json.begin_object().member("name", listener.name).member("role", listener.role);
        json.member("address", listener.address);
        json.member("tls", own != all.end() && !own->certificates.empty()).end_object();
    }
    json.end_array();
}

std::string text_of(const Request& request, std::string_view name)
{
    const auto body = parse_json(request.body);
    return body ? text_member(*body, name).value_or("") : std::string{};
}
}

awaitable<Response> get_settings(Site& site, Principal, Request)
{
    const auto settings = site.settings();
    const auto snapshot = site.context->snapshot();
    JsonWriter json;
    json.begin_object().key("settings").raw(settings.json).key("locked").begin_object();
    for (const auto& [name, where] : settings.locked)
        json.member(name, where);
    json.end_object().member("policy", settings.policy);
    json.member("hostname", snapshot->settings.hostname).member("web_url", site.web_url);
    json.key("domains").begin_array();
    for (const auto& [name, domain] : snapshot->settings.domains)
        json.text(name);
    json.end_array();
    write_listeners(json, site);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> patch_settings(Site& site, Principal principal, Request request)
{
    const auto patch = parse_json(request.body);
    if (!patch || !patch->is_object())
        co_return problem(400, "malformed request", "the settings are a JSON object");
    const auto locked = site.settings().locked;
    std::string names;
    for (const auto& [name, value] : patch->as_object()) {
        const std::string key{name.data(), name.size()};
        if (const auto found = locked.find(key); found != locked.end())
            co_return problem(409, "set in a file", key + ": " + found->second);
        names += (names.empty() ? "" : ", ") + key;
    }
    co_await audit(site, principal, "settings", names);
    const auto outcome = co_await site.change_settings(std::move(request.body));
    if (!outcome.is_done)
        co_return problem(422, "the settings were not taken", outcome.complaints);
    co_return co_await get_settings(site, std::move(principal), {});
}

awaitable<Response> post_next_hop_test(Site& site, Principal principal, Request request)
{
    const auto name = text_of(request, "domain"), text = text_of(request, "next_hop");
    const auto domain = mail::Domain::parse(name);
    if (!domain)
        co_return problem(422, "no domain", "\"" + name + "\" is no domain");
    const auto server = server_of(text);
    if (!server)
        co_return problem(422, "no server", "\"" + text + "\" is no server, such as mail1:25");
    co_await audit(site, std::move(principal), "test next hop", name + " " + text);
    const auto report = co_await test_next_hop(*site.context, *server, *domain);
    JsonWriter json;
    write_report(json, report);
    co_return json_response(json.take());
}

awaitable<Response> get_dns_check(Site& site, Principal, Request request)
{
    const auto domain = mail::Domain::parse(request.text("domain"));
    if (!domain)
        co_return problem(422, "no domain", "\"domain\" is to be one of ours");
    JsonWriter json;
    co_await write_dns_check(json, *site.context, *domain);
    co_return json_response(json.take());
}

awaitable<Response> get_block_lists(Site& site, Principal, Request)
{
    JsonWriter json;
    co_await write_block_lists(json, *site.context);
    co_return json_response(json.take());
}

awaitable<Response> post_test_message(Site& site, Principal principal, Request request)
{
    const auto to = mail::Mailbox::parse(text_of(request, "to"));
    if (!to)
        co_return problem(422, "no address", "\"to\" is to be a mail address");
    const auto listener = std::ranges::find(site.listeners, "inbound", &ListenerFacts::role);
    if (listener == site.listeners.end())
        co_return problem(409, "no listener", "no inbound listener takes mail");
    co_await audit(site, std::move(principal), "test message", to->to_string());
    const auto sent = co_await send_test_message(*site.context, listener->address, *to);
    JsonWriter json;
    json.begin_object().member("accepted", sent.is_accepted).member("reply", sent.reply);
    json.member("id", sent.id).end_object();
    co_return json_response(json.take());
}
}
