// SPDX-License-Identifier: Apache-2.0
#include "web/front/front.hpp"

#include "web/front/assets.hpp"
#include "web/front/pages.hpp"
#include "web/front/text.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace front {
namespace {
constexpr std::size_t longest_target = 8 * 1024;
constexpr std::size_t small_body = 64 * 1024, large_body = 16 * 1024 * 1024;
constexpr std::array methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

/// Where the pages route by themselves; "/x/*" stands for all below.
constexpr std::array<std::string_view, 10> page_routes{
    "/",          "/quarantine", "/lists",  "/log",   "/preferences",
    "/message/*", "/help",       "/help/*", "/admin", "/admin/*"};

bool is_page(std::string_view path)
{
    return std::ranges::any_of(page_routes, [&](std::string_view route) {
        return route.ends_with('*') ? path.starts_with(route.substr(0, route.size() - 1))
                                    : path == route;
    });
}

bool is_api(std::string_view path) { return path == "/api" || path.starts_with("/api/"); }

/// One Host field and a path: what an honest HTTP/1.1 client sends (RFC 9112 §3.2).
bool is_sound(const net::HttpRequest& request)
{
    const auto host = header(request, "host");
    return !host.empty() && host.find_first_of(", \t/@\\") == host.npos
        && request.target.starts_with('/') && request.target.size() <= longest_target
        && std::ranges::all_of(request.target, [](char c) { return c > ' ' && c <= '~'; });
}
}

std::map<std::string, std::string> strict_headers(bool is_tls)
{
    std::map<std::string, std::string> headers{
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "
         "'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
         "require-trusted-types-for 'script'; trusted-types 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy",
         "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"},
        {"X-Robots-Tag", "noindex, nofollow"},
        {"Cache-Control", "no-store"}};
    if (is_tls)
        headers["Strict-Transport-Security"] = "max-age=31536000";
    return headers;
}

std::size_t body_limit(const net::HttpRequest& head)
{
    const bool may_be_somebody
        = head.headers.contains("authorization") || header(head, "cookie").contains("mailweir=");
    return may_be_somebody && is_api(target_of(head.target).path) ? large_body : small_body;
}

Front::Front(Settings settings) : settings_{std::move(settings)} { }

bool Front::may_enter(std::string_view path, const Visitor& visitor) const
{
    if (path == style_path)
        return true; // what tells them that they may not has it, too
    const bool is_digest = path == "/digest" && !settings_.digest_allow.empty();
    return is_among(is_digest ? settings_.digest_allow : settings_.allow, visitor.ip);
}

net::HttpResponse Front::refusal(const Refused& refused, bool is_for_api,
                                 const Visitor& visitor) const
{
    const auto& [status, type, title, text] = refused;
    return is_for_api ? problem(status, type, title, text)
                      : notice(status, title, text, visitor, settings_);
}

net::HttpResponse Front::missing(const Visitor& visitor) const
{
    const Words& say = words(visitor.language);
    return notice(404, say.not_found, say.not_found_text, visitor, settings_);
}

net::HttpResponse Front::gate_is_silent(const GateSilent& silent, bool is_for_api, bool tries_again,
                                        const Visitor& visitor) const
{
    const Words& say = words(visitor.language);
    spdlog::warn("web: the gate does not answer: {}", silent.what());
    using Why = GateSilent::Why;
    const bool is_crowded = silent.why == Why::crowded, was_slow = silent.why == Why::slow;
    const auto status = is_crowded ? 429U : was_slow ? 504U : 502U;
    const auto type = is_crowded ? "too-many-downloads"
        : was_slow               ? "gateway-slow"
                                 : "gateway-away";
    const auto title = is_crowded ? say.crowded : say.gate_away;
    std::string text{is_crowded     ? say.crowded_text
                         : was_slow ? say.gate_slow_text
                                    : say.gate_away_text};
    if (tries_again)
        text.append(" ").append(say.tries_again);
    auto response = is_for_api ? problem(status, type, title, text)
                               : notice(status, title, text, visitor, settings_,
                                        is_crowded ? std::string_view{} : say.mail_goes_on);
    response.headers["Retry-After"] = "3";
    if (tries_again)
        response.headers["Refresh"] = "5"; // seconds
    return response;
}

awaitable<net::HttpResponse> Front::answer(net::HttpRequest request)
{
    if (!is_sound(request))
        co_return problem(400, "malformed-request", "Bad Request");
    if (std::ranges::find(methods, request.method) == methods.end())
        co_return problem(501, "method-not-allowed", "Not Implemented");
    const auto visitor = visitor_of(request, settings_);
    const Words& say = words(visitor.language);
    const std::string path{target_of(request.target).path};
    const bool is_for_api = is_api(path);
    if (!may_enter(path, visitor))
        co_return refusal({403, "outside-the-networks", say.outside, say.outside_text}, is_for_api,
                          visitor);
    if (is_foreign(request))
        co_return refusal({403, "foreign-page", say.refused, say.foreign_text}, is_for_api,
                          visitor);
    const bool may_be_repeated = is_safe(request.method) && !is_for_api;
    std::optional<net::HttpResponse> response;
    try {
        response = co_await dispatch(std::move(request), visitor);
    } catch (const GateSilent& silent) {
        response = gate_is_silent(silent, is_for_api, may_be_repeated, visitor);
    } catch (const std::exception& error) {
        spdlog::error("web: {}: {}", path, error.what());
        response = refusal({500, "failed", say.broken, say.broken_text}, is_for_api, visitor);
    }
    co_return std::move(*response);
}

awaitable<net::HttpResponse> Front::dispatch(net::HttpRequest request, const Visitor& visitor)
{
    const std::string path{target_of(request.target).path};
    if (is_api(path))
        co_return co_await forward(std::move(request), visitor);
    if (path == "/sign-in")
        co_return co_await sign_in_.answer(request, visitor);
    if (path == "/sign-out")
        co_return co_await sign_in_.sign_out(request, visitor);
    if (path == "/digest")
        co_return co_await digest_.answer(request, visitor);
    if (path == "/setup" || path.starts_with("/setup/"))
        co_return co_await setup_.answer(request, visitor);
    if (!is_safe(request.method)) {
        auto response = problem(405, "method-not-allowed", "Method Not Allowed");
        response.headers["Allow"] = "GET, HEAD";
        co_return response;
    }
    if (path == "/robots.txt")
        co_return net::HttpResponse{.content_type = "text/plain",
                                    .body = "User-agent: *\nDisallow: /\n"};
    if (path == "/favicon.ico")
        co_return net::HttpResponse{.status = 204};
    if (is_page(path))
        co_return shell(request, visitor);
    if (const auto* asset = find_asset(path); asset != nullptr && asset->path != shell_path)
        co_return answer_asset(*asset, request);
    co_return missing(visitor);
}

net::HttpResponse Front::shell(const net::HttpRequest& request, const Visitor& visitor)
{
    if (visitor.session.empty()) {
        const auto next = safe_path(request.target);
        return redirect(next == "/" ? "/sign-in" : "/sign-in?next=" + encoded(next));
    }
    const auto* page = find_asset(shell_path);
    if (page == nullptr) {
        const Words& say = words(visitor.language);
        return notice(503, say.no_pages, say.no_pages_text, visitor, settings_);
    }
    auto response = answer_asset(*page, request);
    // Who signs out and goes back shall not see it from the cache.
    response.headers["Cache-Control"] = "no-store";
    return response;
}

awaitable<net::HttpResponse> Front::forward(net::HttpRequest request, const Visitor& visitor)
{
    const bool is_by_cookie
        = !request.headers.contains("authorization") && !visitor.session.empty();
    const bool ends_session = is_by_cookie && request.method == "DELETE"
        && target_of(request.target).path == "/api/v1/session";
    auto response = co_await gate_.ask(forwarded(std::move(request), visitor));
    make_public(response, visitor);
    if (ends_session && response.status < 300)
        response.headers["Set-Cookie"] = session_cookie(visitor, {});
    co_return response;
}
}
