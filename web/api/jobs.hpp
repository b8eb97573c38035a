// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "storage/store.hpp"
#include "web/api/principal.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace web {
using net::awaitable;

/// Work on many rows that goes on after its request was answered.
struct Job {
    enum class State { running, done, failed, cancelled };
    std::string id = {}, act = {}, who = {};
    std::int64_t account = 0;
    std::size_t done = 0, changed = 0, total = 0; ///< total 0: not known
    State state = State::running;
    std::string problem = {};
    std::string result = {}; ///< JSON, where it has one; may grow while it runs
    /// Held rows that it threw away: they can be fetched back for a while.
    std::vector<storage::RowId> thrown_away = {};
    bool is_cancellable = false;
    bool is_cancelled = false; ///< somebody wants it to end: it does so before its next slice
};

/// The latest jobs of this process; they belong to who began them. On one loop.
class Jobs {
public:
    explicit Jobs(net::Env& env) : env_{env} { }
    /// nullptr: as many as may be are running.
    std::shared_ptr<Job> begin(const Principal& principal, std::string act, std::size_t total);
    /// nullptr: there is none of that name that the principal may see.
    std::shared_ptr<Job> find(const Principal& principal, std::string_view id) const;
    /// Runs `work` to its end; what it throws becomes the job's problem.
    static awaitable<void> run(std::shared_ptr<Job> job, awaitable<void> work);

private:
    /// Whoever begins another job has no use for taking back the one before.
    void forget_thrown_away(std::int64_t account);
    static constexpr std::size_t most = 200, most_running = 8;
    net::Env& env_;
    std::deque<std::shared_ptr<Job>> jobs_;
};
}
