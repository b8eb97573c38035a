// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/scan.hpp"
#include "gateway/net/await.hpp"
#include "gateway/net/env.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace filters {
class WorkerProcess;

struct ScannerLimits {
    unsigned workers = 2;
    std::size_t message = 256U << 20; ///< the largest that is scanned
    /// A worker that does not answer and hardly computes for so long is ended. One that computes
    /// has its own limit of processor time (`SandboxLimits`), and this is its last one.
    std::chrono::milliseconds answer{10'000}, longest{120'000};
    std::chrono::milliseconds start{10'000}; ///< for a new worker to say hello; tried twice
    /// Of waiting for a worker that is free; who waited longer is told when the next one is.
    std::chrono::milliseconds turn{20'000};
    std::chrono::milliseconds load{30'000}; ///< for the first worker with new rules
    unsigned messages_a_worker = 1000; ///< then a fresh one takes its place
};

/// Numbers are since the start.
struct ScannerStatus {
    unsigned workers = 0, busy = 0;
    std::size_t waiting = 0; ///< messages without a worker
    std::uint64_t scans = 0, started = 0; ///< messages; workers
    std::uint64_t deaths = 0; ///< of workers in mid-message, by time-out too
    std::uint64_t unscannable = 0; ///< messages that cost two workers
    std::uint64_t not_scanned = 0; ///< messages that got no worker, and were deferred
    std::string problem; ///< why the last worker did not start; "" it did
    std::string old_rules; ///< why workers go on with older rules; "" they do not
    std::string weaknesses; ///< what the kernel lacks for the sandbox; "" nothing
};

/// The gate's side of the scan role: at most `workers` processes, each with one message at a time,
/// shared by all loops. Safe from all loops; outlives their coroutines.
class Scanner {
public:
    /// `nursery`: the socket to the scan role; stays the caller's.
    Scanner(int nursery, ScannerLimits limits, net::Env& env = net::Env::real());
    ~Scanner();
    /// Waits for a free worker and for its answer. A worker that dies, hangs or talks nonsense
    /// costs one try on a fresh one; after that the finding is "content.unscannable". Throws
    /// std::runtime_error where no worker can be had: the message was not scanned.
    awaitable<Scanned> scan(const mail::Message& message, Circumstances circumstances = {});
    /// Has a worker started before there is a message for it. What goes wrong shows with the first
    /// message.
    awaitable<void> prepare();
    using Renewed = std::expected<void, std::string>;
    /// Asks for workers with the configuration as its files are now, and for so many at most. Those
    /// there go on until the first new one has started. The error says why the rules stay as they
    /// were.
    awaitable<Renewed> renew(unsigned workers);
    /// The same with the configuration in service: only files that it names have changed.
    awaitable<Renewed> refresh();
    ScannerStatus status() const;
    /// For how long every message has had to wait too long for a worker; 0: it is not so.
    std::chrono::milliseconds behind() const;

private:
    class Lease;
    struct State;
    awaitable<Lease> take(bool is_fresh);
    awaitable<std::unique_ptr<WorkerProcess>> start();
    awaitable<std::unique_ptr<WorkerProcess>> start_once(std::chrono::milliseconds limit);
    awaitable<Renewed> replace_workers();
    awaitable<Scanned> scan_twice(const mail::Message& message, Circumstances circumstances);
    std::shared_ptr<State> state_;
};
}
