// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/net/env.hpp"
#include "gateway/net/handover.hpp"
#include "gateway/net/worker_pool.hpp"
#include "gateway/smtp/sts_policy.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace smtp {
/// Policies of domains that mail goes to (RFC 8461), fetched when their id changes, kept in memory
/// and as files until their max_age passed: who cuts us off from a policy that we know gains
/// nothing. One in use is fetched anew each day, whatever its id, so that it does not come to its
/// end while somebody cuts us off (§3.3). Safe from all loops; outlives them.
class StsCache {
public:
    using Policy = std::shared_ptr<const StsPolicy>;
    /// The text of a domain's policy file over HTTPS, or why not. Bounded in time.
    using Fetch = std::function<net::awaitable<std::expected<std::string, std::string>>(
        std::string domain)>;
    /// `directory` is made when needed.
    StsCache(net::Env& env, net::WorkerPool& pool, std::string directory, Fetch fetch);

    /// The policy in force; null: none. Waits for a fetch where there is a new one; those who ask
    /// at the same time share it.
    net::awaitable<Policy> policy_of(std::string domain, filters::auth::Dns& dns);
    std::size_t size() const;

private:
    using Wall = net::Env::Wall;
    struct Entry {
        Policy policy; ///< null: none is known
        std::string id;
        Wall expires{};
        Wall not_before{}; ///< of the next fetch
        std::vector<net::Handover<void>> waiting; ///< for the fetch that is under way
        bool is_fetching = false;
        bool was_read = false; ///< its file was looked for

        bool is_in_force(Wall now) const { return policy && expires > now; }
        /// Of what is in force: it has been so for a day, or for half of its time.
        bool is_due(Wall now) const;
    };
    net::awaitable<void> read(std::string domain);
    net::awaitable<void> refresh(std::string domain, std::optional<std::string> id);
    net::awaitable<void> fetch_one(std::string domain, std::string id);
    void make_room();

    net::Env& env_;
    net::WorkerPool& pool_;
    std::string directory_;
    Fetch fetch_;
    mutable std::mutex mutex_; // guards entries_
    std::map<std::string, Entry> entries_;
};
}
