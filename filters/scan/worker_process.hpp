// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/scan.hpp"
#include "filters/scan/shared_memory.hpp"
#include "gateway/net/await.hpp"

#include <chrono>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace filters {
/// Closed with its last owner.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_{number} { }
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} { }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();
    int number() const { return number_; }

private:
    int number_;
};

/// One scan worker as the gate sees it: nothing that it says is trusted. When this goes, the worker
/// ends once it has answered.
class WorkerProcess {
public:
    /// Asks the nursery for one that takes messages of up to `largest` octets. False: nobody
    /// listens.
    WorkerProcess(int nursery, std::size_t largest);
    /// The nursery has been asked.
    bool is_asked_for() const { return is_asked_for_; }
    /// Waits for its first words. False: it died, or said nothing within `limit`.
    awaitable<bool> greet(std::chrono::milliseconds limit);
    /// One message; nothing if it died, talked nonsense, neither answered nor computed for `limit`,
    /// or did not answer within `longest`: on a starved machine honest work takes long.
    awaitable<std::optional<Scanned>> ask(const mail::Message& message,
                                          const Circumstances& circumstances,
                                          std::chrono::milliseconds limit,
                                          std::chrono::milliseconds longest);
    bool is_gone() const;
    /// Whatever it does: it may hang.
    void kill() const;

    const std::string& weaknesses() const { return weaknesses_; }
    const std::string& problem() const { return problem_; }
    std::uint64_t messages() const { return messages_; }
    /// It keeps the memory of a large message.
    bool is_swollen() const { return is_swollen_; }
    std::uint64_t generation = 0; ///< of its rules, as the Scanner counts

private:
    bool take_hello();
    awaitable<bool> wait_while_it_computes(std::chrono::milliseconds limit,
                                           std::chrono::milliseconds longest) const;
    std::chrono::nanoseconds processor_time() const;
    awaitable<void> put(const mail::Message& message);
    std::optional<Scanned> take_answer() const;

    Descriptor socket_, process_; ///< process_: a pidfd, -1 where the kernel has none
    SharedMemory input_, output_;
    pid_t number_ = -1; ///< of the process
    std::uint64_t messages_ = 0;
    std::string weaknesses_, problem_; ///< from its Hello
    bool is_asked_for_ = false, is_swollen_ = false;
};
}
