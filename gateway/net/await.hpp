// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/env.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace net {
/// The one coroutine type of the house, bound to a concrete executor (house §14.10).
template <class T>
using awaitable = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

/// What a wait throws when its deadline passed.
struct TimedOut : std::exception {
    const char* what() const noexcept override { return "timed out"; }
};
/// What a wait throws when the connection is gone.
struct ConnectionLost : std::exception {
    explicit ConnectionLost(std::string why) : why_{std::move(why)} {}
    const char* what() const noexcept override { return why_.c_str(); }

private:
    std::string why_;
};

/// Something with a deadline that its loop watches. Setting a deadline is one store (house §14.4);
/// the loop looks about four times a second and calls `expire` when it has passed.
class Deadline {
public:
    explicit Deadline(class Loop& loop);
    virtual ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    void expires_after(std::chrono::milliseconds limit);
    void never();
    bool has_passed() const;

protected:
    /// Called on the loop, once per deadline set.
    virtual void expire() = 0;
    Loop& loop_;

private:
    friend class Loop;
    std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::time_point::max();
    // links of the loop's wheel
    Deadline* previous_ = nullptr;
    Deadline* next_ = nullptr;
    unsigned slot_ = 0;
};

/// One thread's event loop: an io_context, its deadlines, its name in logs. A connection lives on one loop.
class Loop {
public:
    explicit Loop(Env& env);
    ~Loop();
    /// The loop whose thread this is; asserts that there is one.
    static Loop& current();
    Env& env() { return env_; }
    boost::asio::io_context& context() { return context_; }
    /// Runs on this thread until `stop` or until there is nothing left to do.
    void run();
    void stop();
    /// Queues `work` onto the loop from any thread.
    void post(std::move_only_function<void()> work);
    /// Starts a coroutine; what it throws is logged under `name`. One of the three homes of co_spawn.
    void spawn(std::string_view name, awaitable<void> work);
    /// Coroutines started with `spawn` that have not ended.
    std::size_t running() const { return running_; }
    /// Looks for passed deadlines now; the loop's own timer calls it, tests with a test clock too.
    void sweep_deadlines();
    /// Turns of the loop that took over 20 ms (house §11.6), and the longest, in all loops of the process.
    static std::uint64_t stalls();
    static std::chrono::microseconds longest_turn();
};

/// Waits for `time` on the current loop.
awaitable<void> sleep(std::chrono::milliseconds time);

/// Lets the loop serve others; for work over 64 KiB.
awaitable<void> yield();

/// Runs all at once on the current loop and waits for every one. A throw of one is rethrown after all ended.
awaitable<void> all(std::vector<awaitable<void>> work);

/// Awaits `work`; past `limit` cancels it and throws TimedOut.
awaitable<void> with_deadline(awaitable<void> work, std::chrono::milliseconds limit);

/// A one-shot signal on one loop: `wait` returns once `set` was called. Any number may wait.
class Event {
public:
    Event();
    ~Event();
    bool is_set() const;
    void set();
    awaitable<void> wait();
    /// True if set within `limit`, false when it passed first. Never throws TimedOut.
    awaitable<bool> wait_for(std::chrono::milliseconds limit);

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// A value made on another thread for a coroutine of one loop: the loop takes `receive`, the thread `deliver`s
/// once. Whoever is dropped first does no harm.
template <class T>
class Handover;
}

#include "gateway/net/handover.hpp"
