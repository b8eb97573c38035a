// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap_bind.hpp"

#include "gateway/net/ldap_connection.hpp"

namespace net {
namespace {
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Outcome = LdapBindAnswer::Outcome;
constexpr std::size_t most_waiting = 32;
constexpr auto grace = 100ms;

/// The first server that can be asked decides.
LdapBindAnswer bound(const LdapSettings& directory, const std::string& password,
                     Clock::time_point deadline, SocketWatch& watch)
{
    LdapBindAnswer answer{Outcome::unknown, "no server could be asked in time"};
    for (const auto& server : directory.servers) {
        const auto now = Clock::now();
        if (now >= deadline)
            break;
        const auto opened = LdapConnection::open(
            directory, server, std::min(deadline, now + directory.connect), watch, &password);
        if (opened)
            return {Outcome::right, {}};
        if (opened.error().about == LdapProblem::About::account)
            return {Outcome::wrong, {}};
        answer.problem = server + ": " + opened.error().text;
    }
    return answer;
}

awaitable<void> receive(awaitable<LdapBindAnswer> from, LdapBindAnswer& into)
{
    into = co_await std::move(from);
}
}

awaitable<LdapBindAnswer> LdapBinder::bind(LdapSettings directory, std::string dn,
                                           std::string password)
{
    if (password.empty() || dn.empty())
        co_return LdapBindAnswer{Outcome::wrong, {}};
    if (pool_.queued() >= most_waiting)
        co_return LdapBindAnswer{Outcome::unknown, "too many sign-ins wait"};
    const auto limit = directory.timeout;
    const auto deadline = Clock::now() + limit;
    directory.bind_dn = std::move(dn);
    auto work = pool_.run([this, directory = std::move(directory), password = std::move(password),
                           deadline] { return bound(directory, password, deadline, watch_); });
    LdapBindAnswer answer{Outcome::unknown, "no answer in time"};
    try {
        co_await with_deadline(receive(std::move(work), answer), limit + grace);
    } catch (const TimedOut&) {
        co_return answer;
    }
    co_return answer;
}
}
