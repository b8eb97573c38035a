// SPDX-License-Identifier: Apache-2.0
#include "web/api/routes.hpp"
#include "web/api/secrets.hpp"
#include "web/api/session.hpp"
#include "web/api/sign_in.hpp"
#include "web/api/site.hpp"

#include <spdlog/spdlog.h>

namespace web {
namespace {
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

namespace {
/// Why this principal may not use this route; nullopt when it may.
std::optional<Response> forbidden(const Principal& principal, const Route& route)
{
    if (route.need.is_open)
        return {};
    if (!principal.role)
        return problem(
            principal.client.empty() && !principal.name.empty() ? 403 : 401, "not permitted",
            principal.name.empty() ? "sign in first"
                                   : "only root and the gateway's own user may ask here");
    if (!route.need.roles.has(*principal.role))
        return problem(403, "not permitted", "your role does not allow this");
    if ((principal.scopes & static_cast<unsigned>(route.need.scope)) == 0)
        return problem(403, "not permitted", "this token was not made for that");
    if (principal.must_change_password && !route.pattern.starts_with("/api/v1/session"))
        return problem(403, "password must be changed", "change your password first");
    return {};
}

Response unavailable(std::string_view why, std::string_view seconds)
{
    auto response = problem(503, "not available now", why);
    response.headers["retry-after"] = seconds;
    return response;
}

awaitable<Response> call(Site& site, const Route& route, Principal principal, Request request)
{
    try {
        co_return co_await route.handler(site, std::move(principal), std::move(request));
    } catch (const Busy& error) {
        co_return unavailable(error.what(), "2");
    } catch (const storage::Unavailable& error) {
        spdlog::warn("api: {} {}: {}", route.method, route.pattern, error.what());
        co_return unavailable(error.what(), "10");
    } catch (const std::exception& error) {
        spdlog::error("api: {} {}: {}", route.method, route.pattern, error.what());
        co_return problem(500, "failed", error.what());
    }
}
}

awaitable<net::HttpResponse> Api::answer(Principal principal, net::HttpRequest request)
{
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
    if (auto why = forbidden(principal, *match.route))
        co_return std::move(*why);
    for (const auto& capture : match.captures)
        parsed->captures.push_back(decoded_segment(capture).value_or(""));
    co_return co_await call(site_, *match.route, std::move(principal), std::move(*parsed));
}

awaitable<net::HttpResponse> Api::answer_web(net::HttpRequest request)
{
    std::expected<Principal, Refusal> principal = Principal{};
    try {
        principal = co_await site_.sign_in->principal_of(request);
    } catch (const storage::Unavailable& error) {
        co_return unavailable(error.what(), "10");
    }
    if (principal)
        co_return co_await answer(std::move(*principal), std::move(request));
    // A token that stands no more must not keep anybody from signing in.
    auto parsed = parse_request(request);
    const auto match = parsed ? match_route(routes(), parsed->method, parsed->path) : Match{};
    if (principal.error().status != 401 || match.route == nullptr || !match.route->need.is_open)
        co_return refused(principal.error());
    Principal nobody;
    if (const auto client = request.headers.find("mailweir-client");
        client != request.headers.end())
        nobody.client = client->second;
    co_return co_await answer(std::move(nobody), std::move(request));
}
}
