// SPDX-License-Identifier: Apache-2.0
#include "web/api/routes.hpp"

#include "web/api/json.hpp"

#include <spdlog/spdlog.h>

#include <array>

namespace web {
namespace {
constexpr std::array table{
    Route{"GET", "/api/v1/status", get_status, "Whether all is well, in numbers"},
    Route{"GET", "/api/v1/health", get_health, "200 when mail flows, 503 with reasons when not"},
    Route{"GET", "/api/v1/queue", get_queue, "Rows that wait for delivery, newest first"},
    Route{"POST", "/api/v1/queue/{action}", post_queue_action,
          "retry, hold, release or delete rows"},
    Route{"GET", "/api/v1/quarantine", get_quarantine, "Held rows, newest first"},
    Route{"POST", "/api/v1/quarantine/{action}", post_quarantine_action,
          "release or delete held rows"},
    Route{"GET", "/api/v1/messages/{id}", get_message, "Stored rows of one message"},
    Route{"GET", "/api/v1/messages/{id}/content", get_content, "The message as received"},
    Route{"GET", "/api/v1/messages/{id}/explanation", get_explanation, "Why it got its verdict"},
    Route{"GET", "/api/v1/history", get_history, "What happened, newest first"},
    Route{"GET", "/api/v1/trace", get_trace, "All about an id, a bounce text or a Message-ID"},
    Route{"POST", "/api/v1/trace", get_trace, "The same for a long text in the body"},
    Route{"GET", "/api/v1/lists", get_lists, "Allow and block entries"},
    Route{"POST", "/api/v1/lists", post_list_entry, "Adds or replaces an entry"},
    Route{"DELETE", "/api/v1/lists", delete_list_entry, "Removes an entry"},
    Route{"GET", "/api/v1/lists/test", get_list_test, "Which entry decides for a sender"},
    Route{"GET", "/api/v1/lists/preview", get_list_preview,
          "How much mail an entry would have hit"},
    Route{"POST", "/api/v1/lists/import", post_list_import, "Entries from CSV, or a rehearsal"},
    Route{"GET", "/api/v1/policy", get_policy, "The policy document in force"},
    Route{"POST", "/api/v1/config/reload", post_reload,
          "Reads the configuration again, whole or not at all"},
    Route{"GET", "/api/v1/openapi.json", get_openapi, "This table as OpenAPI 3.1"},
};

std::string_view take_segment(std::string_view& path)
{
    path.remove_prefix(1);
    const auto segment = path.substr(0, std::min(path.find('/'), path.size()));
    path.remove_prefix(segment.size());
    return segment;
}

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& captures)
{
    captures.clear();
    while (!pattern.empty() && !path.empty()) {
        const auto wanted = take_segment(pattern), given = take_segment(path);
        if (wanted.starts_with('{') && !given.empty())
            captures.emplace_back(given);
        else if (wanted != given)
            return false;
    }
    return pattern.empty() && path.empty();
}
}

std::span<const Route> routes() { return table; }

Match match_route(std::span<const Route> routes, std::string_view method, std::string_view path)
{
    Match match;
    if (!path.starts_with('/'))
        return match;
    for (const Route& route : routes) {
        std::vector<std::string> captures;
        if (!matches(route.pattern, path, captures))
            continue;
        if (route.method == method)
            return {&route, 200, {}, std::move(captures)};
        match.status = 405;
        match.allow += (match.allow.empty() ? "" : ", ") + std::string{route.method};
    }
    return match;
}

awaitable<net::HttpResponse> Api::answer(Principal principal, net::HttpRequest request)
{
    if (!principal.is_administrator)
        co_return problem(403, "not permitted",
                          "only root and the gateway's own user may ask here");
    auto parsed = parse_request(request);
    if (!parsed)
        co_return problem(400, "malformed request");
    auto match = match_route(routes(), parsed->method, parsed->path);
    if (match.route == nullptr) {
        auto response = problem(match.status,
                                match.status == 405 ? "method not allowed" : "no such resource");
        if (!match.allow.empty())
            response.headers["allow"] = match.allow;
        co_return response;
    }
    for (const auto& capture : match.captures)
        parsed->captures.push_back(decoded_segment(capture).value_or(""));
    try {
        co_return co_await match.route->handler(site_, std::move(principal), std::move(*parsed));
    } catch (const std::exception& error) {
        spdlog::error("api: {} {}: {}", match.route->method, match.route->pattern, error.what());
        co_return problem(500, "failed", error.what());
    }
}

awaitable<Response> get_openapi(Site& site, Principal, Request)
{
    JsonWriter json;
    json.begin_object().member("openapi", "3.1.0").key("info").begin_object();
    json.member("title", "Mailweir").member("version", site.version).end_object();
    json.key("paths").begin_object();
    for (std::size_t i = 0; i < table.size();) {
        const auto pattern = table[i].pattern;
        json.key(pattern).begin_object();
        for (; i < table.size() && table[i].pattern == pattern; ++i) {
            std::string method{table[i].method};
            for (char& c : method)
                c = static_cast<char>(c + ('a' - 'A'));
            json.key(method).begin_object().member("summary", table[i].summary);
            json.key("responses").begin_object().key("200").begin_object();
            json.member("description", "done").end_object().end_object().end_object();
        }
        json.end_object();
    }
    json.end_object().end_object();
    co_return json_response(json.take());
}
}
