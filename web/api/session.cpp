// SPDX-License-Identifier: Apache-2.0
#include "web/api/session.hpp"

#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/people_settings.hpp"
#include "web/api/routes.hpp"
#include "web/api/sending_accounts.hpp"

namespace web {
Response refused(const Refusal& refusal)
{
    auto response = problem(refusal.status, refusal.title, refusal.detail);
    if (refusal.retry_after.count() > 0)
        response.headers["retry-after"] = std::to_string(refusal.retry_after.count());
    if (refusal.status == 401)
        response.headers["www-authenticate"] = "Bearer";
    return response;
}

void write_notice(JsonWriter& json, const Site& site)
{
    const auto& notice = site.context->snapshot()->settings.notice;
    json.key("notice").begin_object().key("text").begin_object();
    json.member("en", notice.english).member("ja", notice.japanese).end_object();
    json.member("url", notice.url).member("phone", notice.phone).end_object();
}

void write_bounds(JsonWriter& json, const Site& site)
{
    const auto& bounds = site.context->snapshot()->settings.own_thresholds;
    json.key("bounds").begin_object();
    json.key("tag").begin_array().real(bounds.least_tag).real(bounds.most_tag).end_array();
    json.key("quarantine").begin_array();
    json.real(bounds.least_quarantine).real(bounds.most_quarantine).end_array();
    json.member("filter_off", bounds.may_switch_off).end_object();
}

namespace {
void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts)
{
    json.key(name).begin_array();
    for (const auto& text : texts)
        json.text(text);
    json.end_array();
}

void write_threshold(JsonWriter& json, std::string_view name, std::optional<double> points)
{
    json.key(name);
    points ? json.real(*points) : json.null();
}

/// Those of the domain where the person's mail goes, else those of all.
void write_policy(JsonWriter& json, const smtp::Snapshot& snapshot, const storage::Account& account)
{
    const auto* policy = &snapshot.policy.standard;
    const auto own
        = account.addresses.empty() ? std::nullopt : std::optional{account.addresses.front()};
    if (const auto mailbox = own ? mail::Mailbox::parse(*own) : std::unexpected{mail::Problem{}})
        policy = &snapshot.policy.of(mailbox->domain());
    json.member("tag", policy->tag_subject);
    json.key("thresholds").begin_object();
    write_threshold(json, "tag", policy->tag);
    write_threshold(json, "quarantine", policy->quarantine);
    write_threshold(json, "block", policy->block);
    json.end_object();
}

void write_account(JsonWriter& json, const storage::Account& account)
{
    json.key("account").begin_object().member("name", account.name);
    json.member("role", to_string(account.role)).member("local", account.is_local);
    write_texts(json, "addresses", account.addresses);
    write_texts(json, "domains", account.domains);
    json.member("language", account.language);
    json.member("must_change_password", account.must_change_password).end_object();
}
}

Response signed_in(const Site& site, const storage::Account& account, const Principal& principal,
                   const std::string& token)
{
    JsonWriter json;
    json.begin_object();
    if (!token.empty())
        json.member("token", token);
    json.member("csrf", principal.csrf);
    write_account(json, account);
    write_sending(json, account, site.context->env->wall_now());
    const auto snapshot = site.context->snapshot();
    json.key("features").begin_object();
    json.member("quarantine", snapshot->settings.has_quarantine).end_object();
    json.member("quarantine_days", site.people ? site.people->keep_held.count() : 0);
    write_policy(json, *snapshot, account);
    write_bounds(json, site);
    write_notice(json, site);
    json.member("hostname", snapshot->settings.hostname);
    json.member("version", site.version).end_object();
    auto response = json_response(json.take(), token.empty() ? 200 : 201);
    response.headers["cache-control"] = "no-store";
    if (!token.empty())
        response.headers["mailweir-session"] = token; // for the front's cookie
    return response;
}

awaitable<Response> get_site(Site& site, Principal, Request)
{
    JsonWriter json;
    json.begin_object().member("hostname", site.context->snapshot()->settings.hostname);
    write_notice(json, site);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_session(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    const auto name = body ? text_member(*body, "name") : std::nullopt;
    const auto password = body ? text_member(*body, "password") : std::nullopt;
    if (!name || !password || password->size() > 1024)
        co_return problem(400, "malformed request", "the body wants \"name\" and \"password\"");
    const auto begun = co_await site.sign_in->sign_in(*name, *password, std::move(principal));
    if (!begun)
        co_return refused(begun.error());
    co_return signed_in(site, begun->account, begun->principal, begun->token);
}

awaitable<Response> get_session(Site& site, Principal principal, Request)
{
    storage::Account account;
    account.name = principal.name;
    account.role = *principal.role;
    if (principal.account != 0)
        if (auto found = co_await site.sign_in->accounts().find(principal.name))
            account = std::move(*found);
    co_return signed_in(site, account, principal, "");
}

awaitable<Response> delete_session(Site& site, Principal principal, Request)
{
    if (principal.session)
        co_await site.sign_in->accounts().end(*principal.session);
    co_return Response{204, "application/json", "", {{"mailweir-session", "-"}}};
}

awaitable<Response> post_session_password(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    const auto old = body ? text_member(*body, "old") : std::nullopt;
    const auto next = body ? text_member(*body, "new") : std::nullopt;
    if (!old || !next || old->size() > 1024)
        co_return problem(400, "malformed request", "the body wants \"old\" and \"new\"");
    auto& sign_in = *site.sign_in;
    auto account = co_await sign_in.accounts().find(principal.name);
    if (!account || !account->is_local || !principal.session)
        co_return problem(
            409, "no password here",
            "the password of this account is changed where your organisation keeps it");
    const auto checked = co_await sign_in.check(*account, *old, principal.client);
    if (!checked)
        co_return checked.error().status == 401
            ? problem(422, "wrong password", "the old password is wrong")
            : refused(checked.error());
    if (const auto why = password_problem(*next, account->name); !why.empty())
        co_return problem(422, "password not taken", why);
    storage::AccountChange change{.password = co_await sign_in.passwords().hash(*next),
                                  .must_change_password = false,
                                  .if_password = account->password};
    auto changed = co_await sign_in.changes().apply(account->number, std::move(change));
    if (!changed)
        co_return problem(409, "changed meanwhile",
                          "an administrator has locked this account or given it another password");
    co_await sign_in.accounts().end_all(changed->number, {});
    const auto begun = co_await sign_in.begin(std::move(*changed), std::move(principal));
    if (!begun)
        co_return refused(begun.error());
    co_return signed_in(site, begun->account, begun->principal, begun->token);
}
}
