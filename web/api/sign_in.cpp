// SPDX-License-Identifier: Apache-2.0
#include "web/api/sign_in.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/smtp/record.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace web {
namespace {
constexpr std::size_t longest_name = 255;
constexpr std::uint64_t by_account = 0x61636374, by_client = 0x636c6e74, by_both = 0x626f7468;

const Refusal wrong{401, "sign-in failed", "the name or the password is wrong", {}};
const Refusal not_signed_in{401, "not signed in", "the session has ended; sign in again", {}};

/// An IPv6 address stands for its /64: whoever has one has them all.
std::string source_of(const std::string& client)
{
    const auto ip = mail::Ip::parse(client);
    if (!ip || ip->is_v4())
        return client;
    return {reinterpret_cast<const char*>(ip->bytes().data()), 8};
}

std::string header(const net::HttpRequest& request, const std::string& name)
{
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? "" : found->second;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
}

std::string account_name(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    std::string name{text};
    std::ranges::transform(name, name.begin(), mail::to_lower);
    const bool is_name
        = name.size() <= longest_name && std::ranges::none_of(name, [](char c) {
              return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '/' || c == '"';
          });
    return is_name ? name : "";
}

/// One try: it counts from its start, so that many at once count, and is forgiven if it succeeds,
/// or was none since there were too many before. Who guesses elsewhere keeps nobody out who comes
/// from another place, as long as the guesses are not very many.
struct SignIn::Attempt {
    storage::WindowCounters& counters;
    std::uint64_t account, client, account_here;
    net::Env::Steady now;

    Attempt(SignIn& sign_in, const std::string& name, const std::string& from)
        : counters{sign_in.attempts_},
          account{storage::counter_key(name.data(), name.size(), by_account)}, client{},
          account_here{}, now{sign_in.env_.now()}
    {
        const auto source = source_of(from);
        client = storage::counter_key(source.data(), source.size(), by_client);
        const auto both = name + '\n' + source;
        account_here = storage::counter_key(both.data(), both.size(), by_both);
    }
    bool is_too_many()
    {
        const auto of_account = counters.add(account, 1, now);
        const auto of_client = counters.add(client, 1, now);
        const auto of_both = counters.add(account_here, 1, now);
        return of_account > most_per_account || of_client > most_per_client
            || of_both > most_per_account_and_client;
    }
    void forgive()
    {
        for (const auto key : {account, client, account_here})
            counters.add(key, -1, now);
    }
};

Refusal SignIn::wrong_credentials() { return wrong; }

std::optional<Refusal> SignIn::refusal_of(Attempt& attempt)
{
    if (!attempt.is_too_many())
        return {};
    attempt.forgive();
    return Refusal{429, "too many attempts",
                   "too many sign-ins failed for this account or from this address; try again in a"
                   " quarter of an hour",
                   attempt_window};
}

awaitable<std::expected<void, Refusal>> SignIn::check(storage::Account account,
                                                      std::string password, std::string client)
{
    Attempt attempt{*this, account.name, client};
    if (auto refusal = refusal_of(attempt))
        co_return std::unexpected{std::move(*refusal)};
    const auto known = account.is_local ? account.password : "";
    if (!co_await passwords_.verify(known, std::move(password)))
        co_return std::unexpected{wrong};
    attempt.forgive();
    co_return std::expected<void, Refusal>{};
}

awaitable<std::expected<storage::Account, Refusal>>
SignIn::account_by_directory(std::string name, std::string password, std::string client)
{
    Attempt attempt{*this, name, client};
    if (auto refusal = refusal_of(attempt))
        co_return std::unexpected{std::move(*refusal)};
    auto person = co_await directory_->prove(name, std::move(password));
    if (!person) {
        if (person.error().status != wrong.status)
            attempt.forgive(); // whoever it was, it was no guess
        co_return std::unexpected{std::move(person.error())};
    }
    attempt.forgive();
    auto account = co_await accounts_.find(name);
    if (!account) {
        const storage::Account fresh{.name = name,
                                     .is_local = false,
                                     .addresses = std::move(person->addresses),
                                     .language = std::move(person->language),
                                     .created = env_.wall_now()};
        account = co_await accounts_.add(fresh);
        if (!account) // by another sign-in at the same time
            account = co_await accounts_.find(name);
        co_return account.value();
    }
    if (account->is_local || account->addresses != person->addresses) {
        storage::AccountChange change{.is_local = false, .addresses = std::move(person->addresses)};
        account = co_await changes().apply(account->number, std::move(change));
        if (!account) // removed meanwhile
            co_return std::unexpected{wrong};
    }
    co_return std::move(*account);
}

awaitable<std::expected<storage::Account, Refusal>>
SignIn::prove(std::string name, std::string password, std::string client)
{
    name = account_name(name);
    auto account = co_await accounts_.find(name);
    const bool has_password = account && !account->password.empty();
    std::optional<Refusal> refusal;
    if (!has_password && !name.empty() && has_directory()) {
        auto found = co_await account_by_directory(name, std::move(password), client);
        if (found)
            account = std::move(*found);
        else
            refusal = std::move(found.error());
    } else {
        storage::Account nobody;
        nobody.name = name;
        const auto checked
            = co_await check(account ? *account : nobody, std::move(password), client);
        if (!checked)
            refusal = checked.error();
    }
    if (refusal) {
        spdlog::warn("event=sign-in-refused name=\"{}\" client={} status={}", smtp::escaped(name),
                     smtp::escaped(client), refusal->status);
        co_return std::unexpected{std::move(*refusal)};
    }
    if (account->is_locked)
        co_return std::unexpected{Refusal{403, "account locked", "this account is locked", {}}};
    co_return std::move(*account);
}

awaitable<std::expected<Begun, Refusal>> SignIn::sign_in(std::string name, std::string password,
                                                         Principal before)
{
    auto account = co_await prove(std::move(name), std::move(password), before.client);
    if (!account)
        co_return std::unexpected{std::move(account.error())};
    co_return co_await begin(std::move(*account), std::move(before));
}

awaitable<std::expected<Begun, Refusal>> SignIn::begin(storage::Account account, Principal before)
{
    if (before.session)
        co_await accounts_.end(*before.session);
    const auto now = env_.wall_now();
    const auto token = make_token(env_, "s_");
    storage::Session session{.hash = token_hash(token),
                             .account = account.number,
                             .created = now,
                             .seen = now,
                             .expires = now + longest_session,
                             .client = before.client};
    const bool is_begun = co_await changes().begin_proven(std::move(session), account.password);
    if (!is_begun) // locked or given another password since it was proven
        co_return std::unexpected{wrong};
    spdlog::info("event=sign-in name=\"{}\" client={}", smtp::escaped(account.name),
                 smtp::escaped(before.client));
    auto principal = co_await principal_of_token(token, before.client);
    if (!principal)
        throw storage::Unavailable{"the session was lost"};
    co_return Begun{std::move(account), std::move(*principal), token};
}

awaitable<std::expected<Principal, Refusal>> SignIn::principal_of_token(std::string token,
                                                                        std::string client)
{
    const auto hash = token_hash(token);
    const auto now = env_.wall_now();
    Principal principal;
    principal.client = std::move(client);
    storage::Account account;
    if (token.starts_with("s_")) {
        auto found = co_await accounts_.session(hash, now);
        if (!found || found->first.seen + longest_idle < now)
            co_return std::unexpected{not_signed_in};
        principal.session = hash;
        principal.csrf = csrf_of(token);
        principal.scopes = all_scopes;
        account = std::move(found->second);
    } else {
        auto found = co_await accounts_.token(hash, now);
        if (!found)
            co_return std::unexpected{not_signed_in};
        principal.scopes = found->first.scopes;
        account = std::move(found->second);
    }
    principal.name = account.name;
    principal.role = account.role;
    principal.reach = Principal::reach_of(account);
    principal.account = account.number;
    principal.addresses = account.addresses;
    principal.must_change_password = account.must_change_password;
    co_return principal;
}

awaitable<std::expected<Principal, Refusal>> SignIn::principal_of(const net::HttpRequest& request)
{
    constexpr std::string_view scheme = "Bearer ";
    const auto client = header(request, "mailweir-client");
    const auto credentials = header(request, "authorization");
    Principal nobody;
    nobody.client = client;
    if (credentials.empty())
        co_return nobody;
    if (!credentials.starts_with(scheme))
        co_return std::unexpected{not_signed_in};
    auto principal = co_await principal_of_token(credentials.substr(scheme.size()), client);
    const bool is_safe = request.method == "GET" || request.method == "HEAD";
    const bool came_by_cookie = !header(request, "mailweir-cookie").empty();
    if (principal && came_by_cookie && !is_safe
        && !is_same_secret(header(request, "x-csrf-token"), principal->csrf))
        co_return std::unexpected{
            Refusal{403,
                    "not from a page of this session",
                    "the page is older than this session; load it again and repeat",
                    {}}};
    co_return principal;
}
}
