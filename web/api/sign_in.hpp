// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "storage/account_changes.hpp"
#include "storage/counters.hpp"
#include "web/api/principal.hpp"
#include "web/api/secrets.hpp"

#include <expected>

namespace web {
/// Why somebody is not let in.
struct Refusal {
    unsigned status = 401;
    std::string title, detail;
    std::chrono::seconds retry_after{0};
};

/// A session that began. The token is told once and kept nowhere.
struct Begun {
    storage::Account account;
    Principal principal;
    std::string token;
};

/// What a directory of the organisation knows of somebody.
struct Person {
    std::vector<std::string> addresses = {}; ///< mailbox keys, one at least
    std::string language = {};
};

/// Where the organisation keeps passwords that are not ours.
class PeopleDirectory {
public:
    virtual ~PeopleDirectory() = default;
    virtual bool is_in_use() const = 0;
    virtual awaitable<std::expected<Person, Refusal>> prove(std::string name, std::string password)
        = 0;
};

/// Who may come in, and who is in. One for the process; on one loop.
class SignIn {
public:
    static constexpr std::chrono::minutes attempt_window{15};
    static constexpr int most_per_account_and_client = 10, most_per_client = 30,
                         most_per_account = 100;
    static constexpr std::chrono::hours longest_session{7 * 24}, longest_idle{12};

    SignIn(storage::Accounts& accounts, net::Env& env) : accounts_{accounts}, env_{env} { }

    /// Asks this for every account without a password of its own.
    void use(PeopleDirectory* directory) { directory_ = directory; }
    bool has_directory() const { return directory_ && directory_->is_in_use(); }
    /// The session of `before`, if any, ends: a token never outlives a sign-in.
    /// An unknown name takes as long as a wrong password and is told the same.
    awaitable<std::expected<Begun, Refusal>> sign_in(std::string name, std::string password,
                                                     Principal before);
    /// The same without a session: whose name and password these are.
    awaitable<std::expected<storage::Account, Refusal>>
    prove(std::string name, std::string password, std::string client);
    /// A session for somebody whose identity is proved by the account's password, or by a directory
    /// where it has none. Refused where that has changed since, or the account is locked.
    awaitable<std::expected<Begun, Refusal>> begin(storage::Account account, Principal before);
    /// Whoever a request on web.sock speaks for: nobody without a token; a refusal where the token
    /// is none that stands, or the request came by cookie without proof that a page made it.
    awaitable<std::expected<Principal, Refusal>> principal_of(const net::HttpRequest& request);
    /// The right password of an account, within the limits of attempts.
    awaitable<std::expected<void, Refusal>> check(storage::Account account, std::string password,
                                                  std::string client);

    /// The same for an unknown name and a wrong password.
    static Refusal wrong_credentials();

    storage::Accounts& accounts() { return accounts_; }
    storage::AccountChanges& changes() { return storage::changes_of(accounts_); }
    Passwords& passwords() { return passwords_; }
    net::Env& env() { return env_; }

private:
    struct Attempt;
    std::optional<Refusal> refusal_of(Attempt& attempt);
    /// The account of whom the directory vouches for, made or brought up to date.
    awaitable<std::expected<storage::Account, Refusal>>
    account_by_directory(std::string name, std::string password, std::string client);
    awaitable<std::expected<Principal, Refusal>> principal_of_token(std::string token,
                                                                    std::string client);
    storage::Accounts& accounts_;
    net::Env& env_;
    PeopleDirectory* directory_ = nullptr;
    Passwords passwords_;
    storage::WindowCounters attempts_{100'000, attempt_window};
};

/// A name as accounts have it: trimmed, ASCII in lower case; "" where it is none.
std::string account_name(std::string_view text);
}
