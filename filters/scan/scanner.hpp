// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/scan.hpp"
#include "gateway/net/await.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace filters {
struct ScannerLimits {
    unsigned workers = 2;
    std::size_t message = 51U << 20; ///< the largest that is scanned
    std::chrono::milliseconds answer{10'000}; ///< then the worker is ended
    std::chrono::milliseconds start{5'000}; ///< for a new worker to say hello
    unsigned messages_a_worker = 1000; ///< then a fresh one takes its place
};

struct ScannerStatus {
    unsigned workers = 0, busy = 0;
    std::uint64_t scans = 0, deaths = 0; ///< since the start; deaths in mid-message
    std::string weaknesses; ///< what the kernel lacks for the sandbox; "" nothing
};

/// The gate's side of the scan role: at most `workers` processes, each with one message at a time,
/// shared by all loops. Safe from all loops; outlives their coroutines.
class Scanner {
public:
    /// `nursery`: the socket to the scan role; stays the caller's.
    Scanner(int nursery, ScannerLimits limits);
    ~Scanner();
    /// Waits for a free worker and for its answer. A worker that dies, hangs or talks nonsense
    /// costs one try on a fresh one; after that the finding is "content.unscannable". Throws
    /// std::runtime_error where no worker can be started: the message was not scanned.
    awaitable<Scanned> scan(const mail::Message& message);
    /// Workers to come have the new rules; those there are finish what they have.
    void renew();
    ScannerStatus status() const;

private:
    struct Worker;
    class Lease;
    struct State;
    awaitable<Lease> take(bool is_fresh);
    awaitable<std::unique_ptr<Worker>> start();
    awaitable<std::optional<Scanned>> ask(Worker& worker, const mail::Message& message);
    std::shared_ptr<State> state_;
};
}
