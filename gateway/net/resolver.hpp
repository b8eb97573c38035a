// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/endpoint.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace net {
class WorkerPool;

/// Names to addresses. Today by getaddrinfo on the worker pool, with a small cache (60 s, failures
/// 5 s). Several who ask for the same name at once share one look-up.
class Resolver {
public:
    /// The blocking look-up of one name; empty when there is none. Ports do not matter.
    using LookUp = std::function<std::vector<Endpoint>(const std::string& host)>;
    explicit Resolver(WorkerPool& pool);
    /// With a look-up of its own, for tests.
    Resolver(WorkerPool& pool, LookUp look_up);
    ~Resolver();
    /// Addresses of "host" with `port` in the order to try; an address literal needs no look-up.
    /// Empty when there is none or the look-up failed. Safe from all loops.
    awaitable<std::vector<Endpoint>> addresses(std::string host, std::uint16_t port);

private:
    struct State;
    std::shared_ptr<State> state_;
};
}
