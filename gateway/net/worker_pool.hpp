// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>

namespace net {
/// The only door to blocking work: file calls, getaddrinfo, YAML, zstd, LDAP, password hashing.
class WorkerPool {
public:
    explicit WorkerPool(std::size_t threads);
    ~WorkerPool(); ///< finishes what is queued
    /// Runs `work` on a thread of the pool and resumes on the caller's loop with its result or its
    /// throw.
    template <class Work> awaitable<std::invoke_result_t<Work>> run(Work work);
    void post(std::move_only_function<void()> work);
    std::size_t queued() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};
}

#include "gateway/net/worker_pool_run.hpp"
