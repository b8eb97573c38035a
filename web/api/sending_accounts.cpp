// SPDX-License-Identifier: Apache-2.0
#include "web/api/sending_accounts.hpp"

#include "filters/gone_addresses.hpp"
#include "filters/habit_table.hpp"
#include "filters/unread_bounces.hpp"
#include "gateway/smtp/context.hpp"
#include "web/api/audit.hpp"
#include "web/api/outbound_routes.hpp"
#include "web/api/sign_in.hpp"
#include "web/api/site.hpp"
#include "web/api/web_hook.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace web {
using filters::AccountBrake;
using filters::GoneAddresses;
using filters::HabitTable;
using Wall = std::chrono::system_clock::time_point;

namespace {
constexpr std::chrono::hours usual_time{24}, longest_time{30 * 24};
constexpr std::size_t slice = 500;
constexpr std::array<std::string_view, 5> actions{"release", "lock", "exempt", "resume", "disable"};

void write_brake(JsonWriter& json, const AccountBrake& one)
{
    json.member("brake", filters::to_string(one.brake)).member("why", one.why);
    json.member("since", Wall{one.since}).member("until", Wall{one.until});
}

/// "address" or "sign_in", and "" of who is still known.
std::string_view gone_of(const std::string& account)
{
    const auto gone = GoneAddresses::here();
    const auto found = gone->all.find(account);
    if (found == gone->all.end())
        return {};
    return found->second == filters::Gone::address ? "address" : "sign_in";
}

using Bounces = std::map<std::string, filters::UnreadBounces::Sum>;

void write(JsonWriter& json, const AccountBrake& one, const Bounces& bounces)
{
    const auto found = bounces.find(one.account);
    const auto sum = found == bounces.end() ? filters::UnreadBounces::Sum{} : found->second;
    json.begin_object().member("account", one.account);
    write_brake(json, one);
    json.member("exempt_until", Wall{one.exempt_until}).member("last", Wall{one.last});
    json.member("locks", one.locks).member("bounces", sum.bounces);
    json.member("written_again", sum.again).member("gone", gone_of(one.account)).end_object();
}

/// An account is an address, or a name that somebody signs in with.
awaitable<bool> reaches(Site& site, storage::Reach reach, std::string account)
{
    if (reach.is_everything())
        co_return true;
    if (const auto address = mail::Mailbox::parse(account))
        co_return reach.has_address(address->key());
    const auto found
        = co_await site.sign_in->accounts().find_within(std::move(account), std::move(reach));
    co_return found.has_value();
}

/// How long a lock or an exemption lasts; the error is for people.
std::expected<std::chrono::sys_seconds, std::string> end_of(const Request& request, Wall now)
{
    const auto text = request.text("for");
    const auto before = text.empty() ? std::optional{now - usual_time} : parse_moment(text, now);
    const auto time = before ? now - *before : std::chrono::system_clock::duration{};
    if (time <= std::chrono::seconds{0} || time > longest_time)
        return std::unexpected{"\"for\" is a time such as 2 h, 30 days at most"};
    return std::chrono::floor<std::chrono::seconds>(now + time);
}

/// What of the accounts is asked for.
struct Wanted {
    bool all = false, only_gone = false;
    std::string account, text;
    std::optional<Wall> silent_since; ///< only those that sent nothing after it
    bool has(const AccountBrake& one) const
    {
        return (account.empty() || one.account == account)
            && (text.empty() || one.account.find(text) != text.npos)
            && (!only_gone || !gone_of(one.account).empty())
            && (!silent_since || Wall{one.last} <= *silent_since);
    }
};

/// A page of accounts; `after` becomes the cursor behind it, "" where there is nothing more.
awaitable<std::vector<AccountBrake>> page_of(Site& site, storage::Reach reach, Wanted wanted,
                                             std::string& after, std::size_t limit)
{
    const auto now = site.context->env->wall_now();
    std::vector<AccountBrake> found;
    for (;;) {
        const auto some = HabitTable::here().list(wanted.all, after, slice, now);
        for (const auto& one : some) {
            after = one.account;
            const bool is_wanted = wanted.has(one) && co_await reaches(site, reach, one.account);
            if (is_wanted)
                found.push_back(one);
            if (found.size() == limit)
                co_return found;
        }
        if (some.size() < slice)
            break;
        co_await net::yield();
    }
    after.clear();
    co_return found;
}
}

awaitable<Response> get_accounts(Site& site, Principal principal, Request request)
{
    const auto now = site.context->env->wall_now();
    Wanted wanted{.all = request.text("all") == "true",
                  .only_gone = request.text("gone") == "true",
                  .account = request.text("account"),
                  .text = request.text("text"),
                  .silent_since = {}};
    if (const auto quiet = request.text("quiet"); !quiet.empty()) {
        wanted.silent_since = parse_moment(quiet, now);
        if (!wanted.silent_since)
            co_return problem(400, "malformed request", "\"quiet\" is a time such as 180 days");
    }
    wanted.all = wanted.all || !wanted.account.empty() || wanted.silent_since || wanted.only_gone;
    auto after = request.text("after");
    const auto found
        = co_await page_of(site, principal.reach, std::move(wanted), after, request.limit());
    std::set<std::string> names;
    for (const auto& one : found)
        names.insert(one.account);
    const auto bounces = filters::UnreadBounces::here().sums(
        [&](const std::string& account) { return names.contains(account); },
        std::chrono::floor<std::chrono::seconds>(now));
    JsonWriter json;
    json.begin_object().key("accounts").begin_array();
    for (const auto& one : found)
        write(json, one, bounces);
    const bool sees_all = principal.reach.is_everything();
    json.end_array().member("known", sees_all ? HabitTable::here().size() : found.size());
    json.member("hook", site.alert_settings && site.alert_settings->hook).key("next");
    after.empty() ? json.null() : json.text(after);
    co_return json_response(json.end_object().take());
}

namespace {
/// Locks the account that signs in here, where there is one and it is not the asker's own.
awaitable<bool> lock_sign_in(Site& site, Principal principal, std::string name)
{
    auto& sign_in = *site.sign_in;
    const auto account = co_await sign_in.accounts().find_within(name, principal.reach);
    if (!account || account->number == principal.account)
        co_return false;
    const bool is_above = !principal.reach.is_everything() && account->role > Role::helpdesk;
    if (is_above || account->role == Role::administrator)
        co_return false;
    storage::AccountChange change;
    change.is_locked = true;
    const auto changed
        = co_await sign_in.changes().apply(account->number, std::move(change), principal.reach);
    if (changed)
        co_await sign_in.accounts().end_all(account->number, std::nullopt);
    co_return changed.has_value();
}

awaitable<Response> disable(Site& site, Principal principal, std::string account)
{
    const bool has_hook = site.alert_settings && site.alert_settings->hook;
    const bool is_locked = co_await lock_sign_in(site, principal, account);
    if (!has_hook && !is_locked)
        co_return problem(409, "no login to disable",
                          "no program is named under alerts.hook, and nobody signs in here by that"
                          " name");
    const auto why = has_hook ? co_await ask_to_disable(site, principal, account) : std::string{};
    co_await audit_outcome(site, std::move(principal), "disable account",
                           why.empty() ? "done" : "the hook did not take it: " + why);
    if (!why.empty() && !is_locked)
        co_return problem(502, "hook failed", why);
    JsonWriter json;
    json.begin_object().member("account", account).member("done", "disable");
    json.member("told", has_hook && why.empty()).member("locked", is_locked);
    co_return json_response(json.member("problem", why).end_object().take());
}
}

awaitable<std::string> ask_to_disable(Site& site, Principal principal, std::string account)
{
    auto& context = *site.context;
    const auto now = context.env->wall_now();
    const auto known = HabitTable::here().find(account);
    const auto id = context.ids->next(now).to_string();
    JsonWriter json;
    json.begin_object().member("id", id).member("kind", "account.disable_login");
    json.member("hostname", context.snapshot()->settings.hostname).member("time", now);
    json.member("account", account).member("why", known ? known->why : "");
    json.member("by", principal.name).end_object();
    WebHook hook{*context.resolver, *context.pool, *context.env};
    co_return co_await hook.send(*site.alert_settings->hook, id, json.take());
}

awaitable<Response> post_account_action(Site& site, Principal principal, Request request)
{
    const auto& action = request.captures.front();
    const auto account = request.text("account");
    const auto now = site.context->env->wall_now();
    auto& table = HabitTable::here();
    if (account.empty() || std::ranges::find(actions, action) == actions.end())
        co_return problem(400, "malformed request",
                          "release, lock, exempt, resume or disable, and \"account\" names whom");
    const auto until = end_of(request, now);
    if (!until)
        co_return problem(400, "malformed request", until.error());
    const bool is_known = table.find(account) && co_await reaches(site, principal.reach, account);
    if (!is_known)
        co_return problem(404, "no such account", "no mail of this account was seen");
    co_await audit(site, principal, action + " account", account);
    if (action == "disable")
        co_return co_await disable(site, std::move(principal), account);
    if (action == "release")
        table.release(account, now);
    else if (action == "lock")
        table.lock(account, "locked by an administrator", *until, now);
    else
        table.exempt(account, action == "exempt" ? *until : std::chrono::sys_seconds{});
    JsonWriter json;
    json.begin_object().member("account", account).member("done", action).end_object();
    co_return json_response(json.take());
}

void write_sending(JsonWriter& json, const storage::Account& account, Wall now)
{
    std::optional<AccountBrake> worst;
    const auto look_at = [&](const std::string& name) {
        auto found = HabitTable::here().find(name);
        const bool is_over = found && found->brake == filters::Brake::lock && now >= found->until;
        if (found && !is_over && found->brake > (worst ? worst->brake : filters::Brake::none))
            worst = std::move(found);
    };
    look_at(account.name);
    for (const auto& address : account.addresses)
        look_at(address);
    json.key("sending");
    if (!worst) {
        json.null();
        return;
    }
    json.begin_object().member("account", worst->account);
    write_brake(json, *worst);
    json.end_object();
}
}
