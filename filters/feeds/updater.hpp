// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/feeds/feed_store.hpp"
#include "gateway/net/env.hpp"
#include "gateway/net/https_get.hpp"
#include "gateway/net/worker_pool.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace filters::feeds {
/// Where a feed comes from, and who must have signed it.
struct FeedSource {
    std::string name;
    std::string url; ///< "https://host/path", or the absolute path of a folder
    FeedKey key;
    std::string ca_file = {}; ///< https: who must have signed its certificate; "" the system's
    std::chrono::milliseconds every{6 * 3'600'000};
    std::chrono::milliseconds max_age{3 * 86'400'000}; ///< of what is in use, then health says so
    std::uint64_t limit = 64U << 20; ///< octets of all files together
};

/// Brings feeds from their sources into the store: whole, signed, newer than what was, and usable,
/// or not at all. On one loop.
class Updater {
public:
    Updater(std::string directory, net::Resolver& resolver, net::WorkerPool& pool, net::Env& env)
        : store_{std::move(directory)}, resolver_{resolver}, pool_{pool}, env_{env}
    { }
    FeedStore& store() { return store_; }
    void configure(std::vector<FeedSource> sources);
    const std::vector<FeedSource>& sources() const { return sources_; }

    struct Outcome {
        std::string name;
        std::uint64_t serial = 0; ///< of what is offered, where it could be read
        bool is_new = false; ///< it is newer than all before; installed unless only looked at
        std::string problem = {};
        std::vector<FeedFile> files = {}; ///< of a new version
    };
    /// Looks at one source, and installs what is new unless `only_looks`. Never throws.
    net::awaitable<Outcome> update(std::string name, bool only_looks);
    /// The same for those whose time has come.
    net::awaitable<std::vector<Outcome>> update_due();

    /// What a new version turned out to be: for reports.
    void note_problem(const std::string& name, std::string problem);

    struct Report {
        std::string name, url;
        std::uint64_t serial = 0; ///< in use; 0 none
        std::chrono::sys_seconds made{}; ///< by its index
        net::Env::Wall looked{};
        std::string problem = {}; ///< of the last look, or that it is old; "" none
    };
    /// Blocks: reads the indexes in use.
    std::vector<Report> reports() const;

private:
    struct State {
        net::Env::Wall looked{};
        std::string problem;
        bool is_under_way = false;
    };
    using Got = std::expected<std::string, std::string>;
    net::awaitable<Got> fetch(FeedSource source, std::string file, std::uint64_t most);
    net::awaitable<Outcome> look(FeedSource source, bool only_looks);
    net::awaitable<std::string> bring(const FeedSource& source, const FeedIndex& index,
                                      const std::string& signed_index);
    const FeedSource* find(std::string_view name) const;

    FeedStore store_;
    net::Resolver& resolver_;
    net::WorkerPool& pool_;
    net::Env& env_;
    std::vector<FeedSource> sources_;
    mutable std::mutex mutex_; ///< of what reports() reads on another thread
    std::map<std::string, State> states_;
};
}
