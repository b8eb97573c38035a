// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/dns_answer.hpp"
#include "gateway/net/dns_health.hpp"
#include "gateway/net/host_names.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {
class WorkerPool;

/// The DNS, and the names of hosts as this machine knows them: two things. The DNS is what mail
/// comes from and strangers fill; next hops are names of the administrator.
///
/// A dead DNS costs at most 500 ms: when nothing has been heard of any server that long while
/// questions wait, all of them fail, and later ones at once, until a server answers a probe, made
/// once a second. A slow foreign zone does not count as a dead DNS.
/// Safe from all loops; ends before or after them, but not while one of them runs elsewhere.
class Resolver {
public:
    using LookUp = HostNames::LookUp;
    explicit Resolver(WorkerPool& pool, DnsSettings settings = {});
    /// With a look-up of hosts of its own, for tests.
    Resolver(WorkerPool& pool, LookUp look_up, DnsSettings settings = {});
    ~Resolver();

    /// One question to the DNS. Never throws for what the DNS says or fails to say. A question that
    /// the cache can answer, or that is under way already, costs nothing; another takes one from
    /// `queries_left` (null: without limit) and fails where none is left. The number is looked at
    /// only before the first wait.
    /// `name` with or without a last dot; one that cannot be asked gives no_name.
    awaitable<DnsAnswerPtr> query(std::string name, RecordType type, unsigned* queries_left);
    /// The answer that needs no wait, if there is one. On a loop.
    std::optional<DnsAnswerPtr> known(std::string_view name, RecordType type);
    /// New servers and times from the next question on; the cache stays. From any thread.
    void configure(DnsSettings settings);
    DnsStatus status() const;
    /// Whether anybody is there to be asked.
    bool has_servers() const;
    /// For one question.
    std::chrono::milliseconds timeout() const;

    /// Addresses of "host" with `port` in the order to try; an address literal needs no look-up.
    /// Empty when there is none or the look-up failed. By the system, not by `query`.
    awaitable<std::vector<Endpoint>> addresses(std::string host, std::uint16_t port);

private:
    struct State;
    std::shared_ptr<State> state_;
    HostNames hosts_;
};
}
