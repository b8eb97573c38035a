// SPDX-License-Identifier: Apache-2.0
// Tokens of programs: an account's rights, held to scopes.
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"
#include "web/api/session.hpp"

#include <charconv>

namespace web {
namespace {
void write_token(JsonWriter& json, const storage::ApiToken& token)
{
    json.begin_object().member("number", token.number).member("name", token.name);
    json.member("scopes", scopes_text(token.scopes)).member("created", token.created);
    json.member("used", token.used).member("expires", token.expires);
}

Response no_such_user() { return problem(404, "no such account"); }
}

awaitable<Response> get_user_tokens(Site& site, Principal, Request request)
{
    auto& accounts = site.sign_in->accounts();
    const auto account = co_await accounts.find(account_name(request.captures.front()));
    if (!account)
        co_return no_such_user();
    JsonWriter json;
    json.begin_object().key("tokens").begin_array();
    for (const auto& token : co_await accounts.tokens(account->number)) {
        write_token(json, token);
        json.end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_user_token(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    const auto scopes = parse_scopes(text_member(*body, "scopes").value_or(""));
    if (!scopes || *scopes == 0)
        co_return problem(422, "not taken", "scopes: some of read, lists, quarantine, admin");
    auto& sign_in = *site.sign_in;
    const auto account = co_await sign_in.accounts().find(account_name(request.captures.front()));
    if (!account)
        co_return no_such_user();
    const auto now = sign_in.env().wall_now();
    storage::ApiToken token{.account = account->number,
                            .name = text_member(*body, "name").value_or("").substr(0, 100),
                            .scopes = *scopes,
                            .created = now};
    if (const auto text = text_member(*body, "expires"); text && !text->empty()) {
        const auto expires = parse_moment(*text, now);
        if (!expires || *expires <= now)
            co_return problem(422, "not taken", "expires: a date to come, such as 2027-01-31");
        token.expires = *expires;
    }
    const auto secret = make_token(sign_in.env(), "t_");
    token.hash = token_hash(secret);
    co_await audit(site, principal, "user token",
                   account->name + ": " + token.name + " (" + scopes_text(token.scopes) + ")");
    const auto added = co_await sign_in.accounts().add(token);
    JsonWriter json;
    write_token(json, added);
    json.member("token", secret).end_object();
    auto response = json_response(json.take(), 201);
    response.headers["cache-control"] = "no-store";
    co_return response;
}

awaitable<Response> delete_user_token(Site& site, Principal principal, Request request)
{
    auto& accounts = site.sign_in->accounts();
    const auto account = co_await accounts.find(account_name(request.captures.front()));
    if (!account)
        co_return no_such_user();
    const auto& text = request.captures.back();
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    co_await audit(site, principal, "user token remove", account->name + ": " + text);
    if (!co_await accounts.remove_token(account->number, number))
        co_return problem(404, "no such token");
    co_return Response{204, "application/json", "", {}};
}
}
