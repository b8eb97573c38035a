// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/sender_directory.hpp"
#include "gateway/net/ldap.hpp"
#include "storage/accounts.hpp"
#include "web/api/people_settings.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace app {
/// Whose addresses are whose, by the accounts of the pages and the directory of their sign-in.
/// Answers are kept for five minutes. Safe from all loops.
class SenderAccounts final : public filters::SenderDirectory {
public:
    /// All outlive this.
    SenderAccounts(storage::Accounts& accounts, net::LdapDirectories& directories, net::Env& env)
        : accounts_{accounts}, directories_{directories}, env_{env}
    { }
    /// What the configuration in force says of people; may be null.
    void configure(std::shared_ptr<const web::PeopleSettings> people);
    net::awaitable<std::optional<std::vector<std::string>>>
    addresses_of(std::string account) override;
    bool knows_all() const override;

private:
    using Addresses = std::optional<std::vector<std::string>>;
    struct Kept {
        Addresses addresses;
        std::chrono::steady_clock::time_point asked;
    };
    net::awaitable<Addresses> ask(std::string name);

    storage::Accounts& accounts_;
    net::LdapDirectories& directories_;
    net::Env& env_;
    std::atomic<std::shared_ptr<const web::PeopleSettings>> people_;
    std::mutex mutex_; // guards kept_
    std::map<std::string, Kept, std::less<>> kept_;
};
}
