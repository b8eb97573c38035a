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

/// Names of hosts to addresses as this machine sees them (getaddrinfo: /etc/hosts, "localhost", the
/// system's resolver), on the worker pool, with a small cache (60 s, failures 5 s). Several who ask
/// for the same name at once share one look-up. Safe from all loops.
class HostNames {
public:
    /// The blocking look-up of one name; empty when there is none. Ports do not matter.
    using LookUp = std::function<std::vector<Endpoint>(const std::string& host)>;
    HostNames(WorkerPool& pool, LookUp look_up);
    /// By getaddrinfo.
    explicit HostNames(WorkerPool& pool);
    ~HostNames();
    awaitable<std::vector<Endpoint>> addresses(std::string host, std::uint16_t port);

private:
    struct State;
    std::shared_ptr<State> state_;
};
}
