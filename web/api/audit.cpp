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

awaitable<void> audit(Site& site, Principal principal, std::string act,
                      std::vector<std::string> objects)
{
    std::vector<awaitable<void>> entries; // together, so that one commit takes many
    for (auto& text : listed(objects))
        entries.push_back(audit(site, principal, act, std::move(text)));
    co_await net::all(std::move(entries));
}

awaitable<void> audit_outcome(Site& site, Principal principal, std::string act, std::string outcome)
{
    try {
        co_await audit(site, std::move(principal), std::move(act), "outcome: " + outcome);
    } catch (const storage::Unavailable& error) {
        spdlog::warn("the outcome of an act is in the log only: {}", error.what());
    }
}

awaitable<void> audited(Site& site, Principal principal, std::string act, awaitable<void> work)
{
    std::exception_ptr failure;
    std::string why;
    try {
        co_await std::move(work);
    } catch (const std::exception& error) {
        failure = std::current_exception();
        why = error.what();
    }
    if (!failure)
        co_return;
    co_await audit_outcome(site, std::move(principal), std::move(act), "failed: " + why);
    std::rethrow_exception(failure);
}

std::vector<std::string> listed(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 500;
    std::vector<std::string> texts;
    for (const auto& name : names) {
        if (texts.empty() || texts.back().size() + name.size() + 2 > most)
            texts.push_back(name);
        else
            texts.back() += ", " + name;
    }
    return texts;
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
