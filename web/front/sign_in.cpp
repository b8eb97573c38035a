// SPDX-License-Identifier: Apache-2.0
#include "web/front/sign_in.hpp"

#include "web/front/json.hpp"
#include "web/front/pages.hpp"
#include "web/front/text.hpp"

namespace front {
namespace {
constexpr std::size_t longest_input = 300;

/// Over plain HTTP others may listen, unless browser and gateway are one machine.
bool is_open_to_ears(const Visitor& visitor)
{
    return !visitor.is_secure && !visitor.ip.is_loopback();
}

/// What the gate's refusal means to whoever wants to sign in.
std::string_view said_of(const net::HttpResponse& response, const Words& say)
{
    const auto type = text_member(response.body, "type");
    if (type == "/problems/no-mail-address")
        return say.no_address;
    if (type == "/problems/account-locked")
        return say.account_locked;
    if (type == "/problems/directory-not-reachable")
        return say.directory_away;
    switch (response.status) {
    case 401:
        return say.sign_in_wrong;
    case 429:
        return say.sign_in_later;
    case 502:
    case 503:
    case 504:
        return say.sign_in_busy;
    default:
        return say.session_failed;
    }
}

/// The attribute that the directory lacks, as the gate names it: `(attribute "mail")`.
std::string attribute_in(const net::HttpResponse& response)
{
    const auto detail = text_member(response.body, "detail");
    constexpr std::string_view before = "(attribute \"";
    const auto begin = detail.find(before);
    const auto end = begin == detail.npos ? begin : detail.find('"', begin + before.size());
    return end == detail.npos
        ? std::string{}
        : " (" + detail.substr(begin + before.size(), end - begin - before.size()) + ")";
}
}

awaitable<bool> SignIn::is_fresh(const Visitor& visitor)
{
    if (is_set_up_)
        co_return false;
    try {
        const auto response
            = co_await gate_.ask(visitor, {.method = "GET", .target = "/api/v1/setup"});
        const auto told = parse_json(response.body);
        is_set_up_ = is_member_true(told, "done");
        co_return !is_set_up_ && member(told, "done").is_bool();
    } catch (const GateSilent&) {
        co_return false;
    }
}

awaitable<net::HttpResponse> SignIn::form(const Visitor& visitor, std::string said, bool is_error,
                                          unsigned status, std::string next, std::string name)
{
    const Words& say = words(visitor.language);
    Html body;
    if (co_await is_fresh(visitor))
        body
            += html("<div class=\"notice stack\"><p>{}</p><p><code>mailweir setup --link</code></p>"
                    "<p>{}</p></div>\n",
                    say.nobody_yet, say.nobody_yet_link);
    if (!said.empty() && is_error)
        body += html("<p class=\"notice bad\" role=\"alert\">{}</p>\n", said);
    else if (!said.empty())
        body += html("<p class=\"notice\" role=\"status\">{}</p>\n", said);
    if (is_open_to_ears(visitor))
        body += html("<p class=\"notice warn\">{}</p>\n", say.sign_in_plain);
    body += html("<form class=\"card stack\" method=\"post\" action=\"/sign-in\">"
                 "<input type=\"hidden\" name=\"next\" value=\"{}\">"
                 "<label>{}<input name=\"name\" value=\"{}\" autocomplete=\"username\" "
                 "autocapitalize=\"none\" spellcheck=\"false\" required autofocus "
                 "maxlength=\"254\"></label>"
                 "<label>{}<input name=\"password\" type=\"password\" "
                 "autocomplete=\"current-password\" required maxlength=\"250\"></label>"
                 "<button class=\"primary\">{}</button></form>\n",
                 next, say.name, name, say.password, say.sign_in);
    const auto here = next == "/" ? std::string{"/sign-in"} : "/sign-in?next=" + encoded(next);
    co_return rendered(
        {.status = status, .title = say.sign_in, .body = body, .here = here, .has_contact = true},
        visitor, settings_);
}

awaitable<net::HttpResponse> SignIn::answer(const net::HttpRequest& request, const Visitor& visitor)
{
    const Words& say = words(visitor.language);
    if (request.method != "POST") {
        const auto query = parse_fields(target_of(request.target).query);
        std::string said;
        if (query.contains("expired"))
            said = say.sign_in_expired;
        else if (query.contains("signed-out"))
            said = say.signed_out;
        co_return co_await form(visitor, said, false, 200, safe_path(field(query, "next")));
    }
    const auto fields = parse_fields(request.body);
    const auto next = safe_path(field(fields, "next"));
    const auto& name = field(fields, "name");
    const auto& password = field(fields, "password");
    if (name.empty() || password.empty() || name.size() > longest_input
        || password.size() > longest_input)
        co_return co_await form(visitor, std::string{say.sign_in_wrong}, true, 401, next);
    const auto response
        = co_await gate_.ask(visitor,
                             {.method = "POST",
                              .target = "/api/v1/session",
                              .json = json_of({{"name", name}, {"password", password}})});
    const auto token = text_member(response.body, "token");
    if (response.status == 201 && !token.empty()) {
        auto on = redirect(next);
        on.headers["Set-Cookie"] = session_cookie(visitor, token);
        co_return on;
    }
    const bool is_refusal = response.status >= 400 && response.status != 404;
    auto page = co_await form(visitor, std::string{said_of(response, say)} + attribute_in(response),
                              true, is_refusal ? response.status : 502U, next, name);
    if (const auto pause = response.headers.find("retry-after"); pause != response.headers.end())
        page.headers["Retry-After"] = pause->second;
    co_return page;
}

awaitable<net::HttpResponse> SignIn::sign_out(const net::HttpRequest& request,
                                              const Visitor& visitor)
{
    const Words& say = words(visitor.language);
    if (request.method != "POST") {
        const auto body = html("<p>{}</p>\n<form class=\"card stack\" method=\"post\" "
                               "action=\"/sign-out\"><button class=\"primary\">{}</button>"
                               "<a href=\"/\">{}</a></form>\n",
                               say.sign_out_question, say.sign_out, say.back);
        co_return rendered({.title = say.sign_out, .body = body, .here = "/sign-out"}, visitor,
                           settings_);
    }
    if (!visitor.session.empty())
        co_await gate_.ask(
            visitor, {.method = "DELETE", .target = "/api/v1/session", .token = visitor.session});
    auto on = redirect("/sign-in?signed-out=1");
    on.headers["Set-Cookie"] = session_cookie(visitor, {});
    co_return on;
}
}
