// SPDX-License-Identifier: Apache-2.0
#include "gateway/sender_accounts.hpp"

#include "web/api/people_directory.hpp"

#include <stdexcept>

namespace app {
namespace {
constexpr std::chrono::minutes kept_for{5};
constexpr std::size_t most_kept = 10'000;
}

void SenderAccounts::configure(std::shared_ptr<const web::PeopleSettings> people)
{
    people_.store(std::move(people));
    const std::lock_guard lock{mutex_};
    kept_.clear();
}

namespace {
bool has_directory(const std::shared_ptr<const web::PeopleSettings>& people)
{
    return people && !people->directory.directory.servers.empty();
}
}

bool SenderAccounts::knows_all() const { return has_directory(people_.load()); }

net::awaitable<SenderAccounts::Addresses> SenderAccounts::ask(std::string name)
{
    const auto account = co_await accounts_.find(name);
    const auto people = people_.load();
    // Of whom the directory vouches for it knows more than the account: shared addresses.
    if (account && !account->addresses.empty() && (account->is_local || !has_directory(people)))
        co_return account->addresses;
    if (!has_directory(people))
        co_return std::nullopt;
    const auto& settings = people->directory;
    const auto found
        = co_await directories_.search(settings.directory, web::query_of(settings, name));
    if (!found)
        throw std::runtime_error{found.error()};
    if (found->size() != 1)
        co_return std::nullopt;
    co_return web::senders_of(found->front(), settings);
}

net::awaitable<SenderAccounts::Addresses> SenderAccounts::addresses_of(std::string account)
{
    const auto name = web::account_name(account);
    if (name.empty())
        co_return std::nullopt;
    const auto now = env_.now();
    {
        const std::lock_guard lock{mutex_};
        const auto kept = kept_.find(name);
        if (kept != kept_.end() && now - kept->second.asked < kept_for)
            co_return kept->second.addresses;
    }
    auto addresses = co_await ask(name);
    const std::lock_guard lock{mutex_};
    if (kept_.size() >= most_kept)
        kept_.clear();
    kept_[name] = {addresses, now};
    co_return addresses;
}
}
