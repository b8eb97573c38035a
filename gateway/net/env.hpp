// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

namespace net {
/// The door to time and chance, so that a test can own them. Implementations are safe from all
/// threads.
class Env {
public:
    using Steady = std::chrono::steady_clock::time_point;
    using Wall = std::chrono::system_clock::time_point;
    virtual ~Env() = default;
    virtual Steady now() = 0;
    virtual Wall wall_now() = 0;
    virtual void random(std::span<std::uint8_t> bytes) = 0;
    /// The machine's own clock and chance.
    static Env& real();
};

/// Time that stands still until a test moves it; random bytes from a fixed seed.
/// It begins at 2026-01-01 00:00:00 UTC.
class TestEnv final : public Env {
public:
    explicit TestEnv(std::uint64_t seed = 1);
    Steady now() override;
    Wall wall_now() override;
    void random(std::span<std::uint8_t> bytes) override;
    void advance(std::chrono::milliseconds time);

private:
    std::atomic<std::int64_t> passed_{0};
    std::atomic<std::uint64_t> state_;
};
}
