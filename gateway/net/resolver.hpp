// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/stream.hpp"

#include <string>
#include <vector>

namespace net {
class WorkerPool;

/// Names to addresses. Today by getaddrinfo on the worker pool, with a small cache (60 s, failures 5 s).
class Resolver {
public:
    explicit Resolver(WorkerPool& pool);
    ~Resolver();
    /// Addresses of "host" with `port` in the order to try; an address literal needs no look-up.
    /// Empty when there is none or the look-up failed. Safe from all loops.
    awaitable<std::vector<Endpoint>> addresses(std::string host, std::uint16_t port);

private:
    struct State;
    std::unique_ptr<State> state_;
};
}
