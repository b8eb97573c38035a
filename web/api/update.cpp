// SPDX-License-Identifier: Apache-2.0
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <algorithm>

namespace web {
namespace {
using filters::feeds::Updater;

bool is_source(const Site& site, const std::string& name)
{
    return site.feeds && std::ranges::any_of(site.feeds->sources(), [&](const auto& source) {
               return source.name == name;
           });
}

/// Blocks.
std::string reports_json(Updater& feeds)
{
    JsonWriter json;
    json.begin_object().key("feeds").begin_array();
    for (const auto& report : feeds.reports()) {
        json.begin_object().member("name", report.name).member("url", report.url);
        json.member("serial", report.serial);
        json.member("made", std::chrono::system_clock::time_point{report.made});
        json.member("looked", report.looked).member("problem", report.problem);
        json.key("versions").begin_array();
        for (const auto& version : feeds.store().versions(report.name))
            json.begin_object().member("serial", version.serial).end_object();
        json.end_array().end_object();
    }
    return json.end_array().end_object().take();
}
}

awaitable<Response> get_update(Site& site, Principal, Request)
{
    if (!site.feeds)
        co_return json_response(R"({"feeds":[]})");
    auto text
        = co_await site.context->pool->run([feeds = site.feeds] { return reports_json(*feeds); });
    co_return json_response(std::move(text));
}

awaitable<Response> post_update(Site& site, Principal principal, Request request)
{
    const auto source = request.text("source");
    const bool only_looks = request.text("check") == "true";
    if (!site.feeds)
        co_return json_response(R"({"outcomes":[]})");
    if (!source.empty() && !is_source(site, source))
        co_return problem(404, "no such source", "no source is called \"" + source + "\"");
    if (!only_looks)
        co_await audit(site, std::move(principal), "update feeds", source);
    const auto outcomes = co_await site.update(source, only_looks);
    JsonWriter json;
    json.begin_object().key("outcomes").begin_array();
    for (const auto& outcome : outcomes) {
        json.begin_object().member("name", outcome.name).member("serial", outcome.serial);
        json.member("new", outcome.is_new).member("problem", outcome.problem).end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_update_rollback(Site& site, Principal principal, Request request)
{
    const auto name = request.captures.front();
    if (!is_source(site, name))
        co_return problem(404, "no such source", "no source is called \"" + name + "\"");
    co_await audit(site, std::move(principal), "roll back a feed", name);
    const auto serial = co_await site.roll_back(name);
    if (!serial)
        co_return problem(409, "not rolled back", serial.error());
    JsonWriter json;
    json.begin_object().member("serial", *serial).end_object();
    co_return json_response(json.take());
}
}
