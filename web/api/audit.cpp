// SPDX-License-Identifier: Apache-2.0
#include "web/api/audit.hpp"

#include "gateway/smtp/record.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <spdlog/spdlog.h>

#include <charconv>

namespace web {
awaitable<void> audit(Site& site, Principal principal, std::string act, std::string object)
{
    spdlog::info("event=audit who=\"{}\" act=\"{}\" object=\"{}\"", smtp::escaped(principal.name),
                 smtp::escaped(act), smtp::escaped(object));
    storage::AuditEntry entry{.time = site.context->env->wall_now(),
                              .who = std::move(principal.name),
                              .act = std::move(act),
                              .object = std::move(object)};
    co_await site.context->audit->add(std::move(entry));
}

std::string named(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    return names.size() <= most ? text
                                : text + " and " + std::to_string(names.size() - most) + " more";
}

awaitable<Response> get_audit(Site& site, Principal, Request request)
{
    std::int64_t before = 0;
    const auto after = request.text("after");
    const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), before);
    if (!after.empty() && (error != std::errc{} || end != after.data() + after.size()))
        co_return problem(400, "malformed request", "after: the \"next\" of the page before");
    const auto limit = request.limit();
    const auto entries = co_await site.context->audit->list(before, limit);
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& entry : entries) {
        json.begin_object().member("number", entry.number).member("time", entry.time);
        json.member("who", entry.who).member("act", entry.act);
        json.member("object", entry.object).end_object();
    }
    json.end_array().key("next");
    entries.size() == limit ? json.text(std::to_string(entries.back().number)) : json.null();
    json.end_object();
    co_return json_response(json.take());
}
}
