// SPDX-License-Identifier: Apache-2.0
// The first run: a link that works once, instead of a default password.
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"
#include "web/api/session.hpp"

namespace web {
namespace {
constexpr std::chrono::hours link_life{24};
}

awaitable<Response> post_setup_link(Site& site, Principal principal, Request)
{
    auto& sign_in = *site.sign_in;
    if (co_await sign_in.accounts().count(Role::administrator) > 0)
        co_return problem(
            409, "set up already",
            "an administrator exists; `mailweir user passwd NAME` makes a new password");
    const auto expires = sign_in.env().wall_now() + link_life;
    const auto token = make_token(sign_in.env(), "l_");
    co_await audit(site, principal, "setup link", "");
    co_await sign_in.accounts().keep_setup_link(token_hash(token), expires);
    JsonWriter json;
    json.begin_object()
        .member("token", token)
        .member("url", site.web_url + "/setup?token=" + token);
    json.member("expires", expires).end_object();
    co_return json_response(json.take(), 201);
}

awaitable<Response> get_setup(Site& site, Principal, Request request)
{
    auto& accounts = site.sign_in->accounts();
    const auto now = site.sign_in->env().wall_now();
    const bool is_valid = co_await accounts.is_setup_link(token_hash(request.text("token")), now);
    const bool is_done = co_await accounts.count(Role::administrator) > 0;
    JsonWriter json;
    json.begin_object().member("valid", is_valid).member("done", is_done);
    write_notice(json, site);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_setup(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    const auto text
        = [&](std::string_view name) { return body ? text_member(*body, name).value_or("") : ""; };
    const auto name = account_name(text("name"));
    auto& sign_in = *site.sign_in;
    const auto hash = token_hash(text("token"));
    const auto now = sign_in.env().wall_now();
    if (!co_await sign_in.accounts().is_setup_link(hash, now))
        co_return problem(404, "this link does not work",
                          "it was used, is older than a day, or an administrator exists;"
                          " `mailweir setup --link` makes a new one");
    if (name.empty())
        co_return problem(422, "name not taken", "a name has no blanks, slashes or quotes");
    if (const auto why = password_problem(text("password"), name); !why.empty())
        co_return problem(422, "password not taken", why);
    storage::Account account{.name = name, .role = Role::administrator, .created = now};
    account.password = co_await sign_in.passwords().hash(text("password"));
    if (!co_await sign_in.accounts().set_up(hash, account, now))
        co_return problem(409, "name not taken", "this link was used, or the name is taken");
    principal.name = name;
    co_await audit(site, principal, "setup", name);
    auto made = co_await sign_in.accounts().find(name);
    const auto begun = co_await sign_in.begin(std::move(made.value()), std::move(principal));
    if (!begun)
        co_return refused(begun.error());
    co_return signed_in(site, begun->account, begun->principal, begun->token);
}
}
