// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"
#include "filters/unread_findings.hpp"
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/line_diff.hpp"
#include "web/api/policy_book.hpp"
#include "web/api/policy_routes.hpp"
#include "web/api/routes.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <limits>

namespace web {
void write_complaints(JsonWriter& json, const filters::Complaints& complaints)
{
    constexpr std::size_t most = 200;
    json.key("complaints").begin_array();
    for (std::size_t i = 0; i < std::min(complaints.size(), most); ++i) {
        const auto& one = complaints[i];
        json.begin_object().member("line", one.line).member("column", one.column);
        json.member("text", one.text).member("source_line", one.source_line);
        json.member("hint", one.hint).end_object();
    }
    json.end_array();
}

Response complaining(std::string_view title, const filters::Complaints& complaints)
{
    auto response = problem(422, title, filters::to_string(complaints));
    JsonWriter more;
    more.begin_object();
    write_complaints(more, complaints);
    more.end_object();
    response.body.back() = ',';
    response.body += more.str().substr(1);
    return response;
}

namespace {
PolicyInForce in_force(const Site& site)
{
    return site.policies ? site.policies->in_force()
                         : PolicyInForce{.document = site.context->snapshot()->policy.source,
                                         .origin = "built_in",
                                         .file = {},
                                         .locked = {},
                                         .problem = {}};
}

/// Of a body the member "document"; the error is an answer.
std::expected<std::string, Response> document_in(const boost::json::value& body)
{
    auto document = text_member(body, "document");
    if (!document)
        return std::unexpected{
            problem(400, "malformed request", "the body wants \"document\": the policy as YAML")};
    if (document->size() > PolicyBook::largest)
        return std::unexpected{problem(
            413, "too large", fmt::format("a policy has at most {} octets", PolicyBook::largest))};
    return std::move(*document);
}
}

awaitable<Response> get_policy(Site& site, Principal, Request)
{
    const auto snapshot = site.context->snapshot();
    const auto now = in_force(site);
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
    json.member("source", now.document).member("document", now.document);
    json.member("revision", now.revision).member("origin", now.origin).member("file", now.file);
    json.key("locked");
    now.locked.empty() ? json.null() : json.text(now.locked);
    json.member("problem", now.problem).end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_policy_check(Site& site, Principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    const auto document = document_in(*body);
    if (!document)
        co_return document.error();
    const auto policy = co_await site.context->pool->run(
        [&document] { return filters::parse_policy(*document, "the document"); });
    JsonWriter json;
    json.begin_object().member("ok", policy.has_value());
    write_complaints(json, policy ? filters::Complaints{} : policy.error());
    json.key("unread").begin_array();
    for (const auto* type :
         policy ? filters::unread_findings(*policy) : std::vector<const filters::FindingType*>{})
        json.begin_object()
            .member("name", type->name)
            .member("english", type->english)
            .member("japanese", type->japanese)
            .end_object();
    json.end_array().member("layers", policy ? policy->layers.size() : 0);
    json.member("rules", policy ? policy->standard.rules.size() : 0);
    json.member("domains", policy ? policy->domains.size() : 0).end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_policy_diff(Site& site, Principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    auto document = document_in(*body);
    if (!document)
        co_return document.error();
    auto before = in_force(site).document;
    std::string name = "in force";
    const auto wanted = number_member(*body, "against");
    if (!(wanted >= 0 && wanted <= std::numeric_limits<unsigned>::max()))
        co_return problem(404, "no such revision", "nothing is kept under this number");
    if (const auto against = static_cast<unsigned>(wanted); against != 0 && site.policies) {
        auto revision = co_await site.policies->revision(against);
        if (!revision)
            co_return problem(404, "no such revision", "nothing is kept under this number");
        before = std::move(revision->document);
        name = fmt::format("revision {}", against);
    }
    const auto diff = co_await site.context->pool->run(
        [&] { return line_diff(before, *document, name, "candidate"); });
    JsonWriter json;
    json.begin_object().member("text", diff.text).member("added", diff.added);
    json.member("removed", diff.removed).end_object();
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
