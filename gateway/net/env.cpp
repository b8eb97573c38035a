// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/env.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <pthread.h>
#include <sys/random.h>
#include <system_error>

namespace net {
namespace {
void fill_from_kernel(std::span<std::uint8_t> bytes)
{
    while (!bytes.empty()) {
        const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno != EINTR)
            throw std::system_error{errno, std::system_category(), "getrandom"};
        if (got > 0)
            bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

/// Random bytes fetched ahead, so that an id costs no system call.
struct Reserve {
    std::array<std::uint8_t, 256> bytes;
    std::size_t left;
};
constinit thread_local Reserve reserve{};

class SystemEnv final : public Env {
public:
    SystemEnv()
    {
        // A forked role must not repeat its parent's bytes.
        ::pthread_atfork(nullptr, nullptr, [] { reserve.left = 0; });
    }
    Steady now() override { return std::chrono::steady_clock::now(); }
    Wall wall_now() override { return std::chrono::system_clock::now(); }
    void random(std::span<std::uint8_t> bytes) override
    {
        if (bytes.size() > reserve.bytes.size() / 4)
            return fill_from_kernel(bytes);
        if (reserve.left < bytes.size()) {
            fill_from_kernel(reserve.bytes);
            reserve.left = reserve.bytes.size();
        }
        reserve.left -= bytes.size();
        std::uint8_t* from = reserve.bytes.data() + reserve.left;
        std::memcpy(bytes.data(), from, bytes.size());
        std::memset(from, 0, bytes.size());
    }
};

constexpr std::chrono::sys_days test_day{std::chrono::year{2026} / 1 / 1};
}

Env& Env::real()
{
    static SystemEnv env;
    return env;
}

TestEnv::TestEnv(std::uint64_t seed) : state_{seed} { }

Env::Steady TestEnv::now()
{
    return Steady{std::chrono::hours{1000}} + std::chrono::milliseconds{passed_.load()};
}

Env::Wall TestEnv::wall_now() { return test_day + std::chrono::milliseconds{passed_.load()}; }

void TestEnv::random(std::span<std::uint8_t> bytes)
{
    // SplitMix64: any seed gives a good sequence.
    while (!bytes.empty()) {
        std::uint64_t word = state_.fetch_add(0x9e3779b97f4a7c15U) + 0x9e3779b97f4a7c15U;
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
        word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
        word ^= word >> 31;
        const std::size_t size = std::min(bytes.size(), sizeof word);
        std::memcpy(bytes.data(), &word, size);
        bytes = bytes.subspan(size);
    }
}

void TestEnv::advance(std::chrono::milliseconds time) { passed_ += time.count(); }
}
