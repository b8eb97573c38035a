// SPDX-License-Identifier: Apache-2.0
// Accounts: who may sign in, as what, for which addresses and domains.
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"
#include "web/api/session.hpp"

#include <algorithm>

namespace web {
namespace {
using storage::Account;
using storage::AccountChange;
using Changes = std::expected<void, std::string>;

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts)
{
    json.key(name).begin_array();
    for (const auto& text : texts)
        json.text(text);
    json.end_array();
}

void write_user(JsonWriter& json, const Account& account)
{
    json.begin_object().member("name", account.name).member("role", to_string(account.role));
    json.member("local", account.is_local).member("locked", account.is_locked);
    json.member("must_change_password", account.must_change_password);
    json.member("has_password", !account.password.empty());
    write_texts(json, "addresses", account.addresses);
    write_texts(json, "domains", account.domains);
    json.member("language", account.language).member("created", account.created);
    json.member("last_sign_in", account.last_sign_in);
}

Response user_answer(const Account& account, unsigned status)
{
    JsonWriter json;
    write_user(json, account);
    json.end_object();
    return json_response(json.take(), status);
}

bool has_member(const boost::json::value& body, std::string_view name)
{
    return !member_of(body, name).is_null();
}

Changes read_addresses(const boost::json::value& body, AccountChange& change)
{
    auto& addresses = change.addresses.emplace();
    for (const auto& text : text_members(body, "addresses")) {
        const auto mailbox = mail::Mailbox::parse(text);
        if (!mailbox)
            return std::unexpected{"addresses: \"" + text + "\": " + mailbox.error().text};
        addresses.push_back(mailbox->key());
    }
    return {};
}

Changes read_domains(const boost::json::value& body, AccountChange& change)
{
    auto& domains = change.domains.emplace();
    for (const auto& text : text_members(body, "domains")) {
        const auto domain = mail::Domain::parse(text);
        if (!domain)
            return std::unexpected{"domains: \"" + text + "\": " + domain.error().text};
        domains.push_back(domain->ascii());
    }
    return {};
}

/// What the body names; a password is left to the caller.
Changes read_changes(const boost::json::value& body, const std::string& name, AccountChange& change)
{
    if (const auto text = text_member(body, "role")) {
        change.role = parse_role(*text);
        if (!change.role)
            return std::unexpected{"role: user, helpdesk, domain, auditor or administrator"};
    }
    if (has_member(body, "addresses"))
        if (auto read = read_addresses(body, change); !read)
            return read;
    if (has_member(body, "domains"))
        if (auto read = read_domains(body, change); !read)
            return read;
    if (const auto text = text_member(body, "language")) {
        if (*text != "" && *text != "en" && *text != "ja")
            return std::unexpected{"language: en or ja"};
        change.language = *text;
    }
    if (has_member(body, "locked"))
        change.is_locked = is_member_true(body, "locked");
    if (has_member(body, "must_change_password"))
        change.must_change_password = is_member_true(body, "must_change_password");
    if (const auto text = text_member(body, "password"))
        if (const auto why = password_problem(*text, name); !why.empty())
            return std::unexpected{why};
    return {};
}

/// An account with a change, as it is expected to be then.
Account with(Account account, const AccountChange& change)
{
    account.role = change.role.value_or(account.role);
    account.is_locked = change.is_locked.value_or(account.is_locked);
    account.must_change_password
        = change.must_change_password.value_or(account.must_change_password);
    account.language = change.language.value_or(account.language);
    account.addresses = change.addresses.value_or(account.addresses);
    account.domains = change.domains.value_or(account.domains);
    return account;
}

/// Why the principal may not have an account be like this: one who looks after domains makes users
/// and helpdesk of these domains and nothing else.
std::optional<Response> beyond(const Principal& principal, const Account& account)
{
    const auto& reach = principal.reach;
    if (reach.is_everything())
        return {};
    if (account.role > Role::helpdesk)
        return problem(403, "not permitted", "you make users and helpdesk, no other roles");
    const bool is_within
        = std::ranges::all_of(account.addresses,
                              [&](const auto& address) {
                                  return reach.has_domain(address.substr(address.rfind('@') + 1));
                              })
        && std::ranges::all_of(account.domains,
                               [&](const auto& domain) { return reach.has_domain(domain); });
    if (!is_within)
        return problem(403, "not permitted", "an address or a domain is not one of yours");
    if (account.addresses.empty() && account.domains.empty())
        return problem(422, "not taken", "the account needs an address of your domains");
    return {};
}

/// Why the principal may not give a name: who looks after domains names none of other domains, and
/// none that might be another's in a directory.
std::optional<Response> beyond_names(const Site& site, const Principal& principal,
                                     const std::string& name)
{
    const auto& reach = principal.reach;
    if (reach.is_everything())
        return {};
    const auto at = name.rfind('@');
    if (at != name.npos && !reach.has_domain(name.substr(at + 1)))
        return problem(403, "not permitted", "the name is an address of none of your domains");
    if (at == name.npos && site.sign_in->has_directory())
        return problem(403, "not permitted",
                       "people sign in by the directory: name the account by an address of your"
                       " domains");
    return {};
}

std::string summary_of(const Account& account)
{
    return account.name + " (" + std::string{to_string(account.role)}
    + (account.is_locked ? ", locked)" : ")");
}

Response no_such_user() { return problem(404, "no such account"); }
}

awaitable<Response> get_users(Site& site, Principal principal, Request request)
{
    const auto limit = request.limit();
    const auto accounts = co_await site.sign_in->accounts().list(
        request.text("text"), request.text("after"), limit, principal.reach);
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& account : accounts) {
        write_user(json, account);
        json.end_object();
    }
    json.end_array().key("next");
    accounts.size() == limit ? json.text(accounts.back().name) : json.null();
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_user(Site& site, Principal principal, Request request)
{
    auto& accounts = site.sign_in->accounts();
    const auto account
        = co_await accounts.find_within(account_name(request.captures.front()), principal.reach);
    if (!account)
        co_return no_such_user();
    JsonWriter json;
    write_user(json, *account);
    json.key("sessions").begin_array();
    for (const auto& session : co_await accounts.sessions(account->number)) {
        json.begin_object().member("client", session.client).member("created", session.created);
        json.member("seen", session.seen).member("expires", session.expires).end_object();
    }
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_user(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    auto& sign_in = *site.sign_in;
    Account account{.name = account_name(text_member(*body, "name").value_or("")),
                    .created = sign_in.env().wall_now()};
    if (account.name.empty())
        co_return problem(422, "name not taken", "a name has no blanks, slashes or quotes");
    AccountChange wanted;
    if (const auto read = read_changes(*body, account.name, wanted); !read)
        co_return problem(422, "not taken", read.error());
    account = with(std::move(account), wanted);
    if (auto why = beyond(principal, account))
        co_return std::move(*why);
    if (auto why = beyond_names(site, principal, account.name))
        co_return std::move(*why);
    if (const auto password = text_member(*body, "password"))
        account.password = co_await sign_in.passwords().hash(*password);
    const std::string act = "user add";
    co_await audit(site, principal, act, summary_of(account));
    const auto added = co_await sign_in.accounts().add(account);
    if (!added) {
        co_await audit_outcome(site, std::move(principal), act, "failed: the name is taken");
        co_return problem(409, "name not taken", "an account of this name exists");
    }
    co_return user_answer(*added, 201);
}

awaitable<Response> patch_user(Site& site, Principal principal, Request request)
{
    const auto body = parse_json(request.body);
    if (!body)
        co_return problem(400, "malformed request", body.error());
    auto& sign_in = *site.sign_in;
    const auto before = co_await sign_in.accounts().find_within(
        account_name(request.captures.front()), principal.reach);
    if (!before)
        co_return no_such_user();
    AccountChange change;
    if (const auto read = read_changes(*body, before->name, change); !read)
        co_return problem(422, "not taken", read.error());
    const auto account = with(*before, change);
    if (auto why = beyond(principal, account))
        co_return std::move(*why);
    const bool is_own = account.number == principal.account;
    if (is_own && (account.role != before->role || account.is_locked))
        co_return problem(409, "not your own account",
                          "another administrator changes your role or locks you out");
    const auto password = text_member(*body, "password");
    if (password && !account.is_local && !principal.is(Role::administrator))
        co_return problem(422, "not taken",
                          "password: it is kept by your organisation's directory");
    if (password)
        change.password = co_await sign_in.passwords().hash(*password);
    co_await audit(site, principal, password ? "user passwd" : "user change", summary_of(account));
    const auto changed
        = co_await sign_in.changes().apply(account.number, std::move(change), principal.reach);
    if (!changed)
        co_return no_such_user();
    // Whoever had the old password may have had a program's token, too.
    if (password)
        for (const auto& token : co_await sign_in.accounts().tokens(account.number))
            co_await sign_in.accounts().remove_token(account.number, token.number);
    // What a session may do was fixed by what the account was.
    if (password || changed->is_locked || account.role != before->role)
        co_await sign_in.accounts().end_all(account.number,
                                            is_own ? principal.session : std::nullopt);
    co_return user_answer(*changed, 200);
}

awaitable<Response> delete_user(Site& site, Principal principal, Request request)
{
    auto& accounts = site.sign_in->accounts();
    const auto account = co_await accounts.find(account_name(request.captures.front()));
    if (!account)
        co_return no_such_user();
    if (account->number == principal.account)
        co_return problem(409, "not your own account", "another administrator removes it");
    co_await audit(site, principal, "user remove", summary_of(*account));
    co_await accounts.remove(account->number);
    co_return Response{204, "application/json", "", {}};
}

awaitable<Response> delete_user_sessions(Site& site, Principal principal, Request request)
{
    auto& accounts = site.sign_in->accounts();
    const auto account
        = co_await accounts.find_within(account_name(request.captures.front()), principal.reach);
    if (!account)
        co_return no_such_user();
    co_await audit(site, principal, "user sign off", account->name);
    const auto ended = co_await accounts.end_all(account->number, {});
    JsonWriter json;
    json.begin_object().member("changed", ended).end_object();
    co_return json_response(json.take());
}
}
