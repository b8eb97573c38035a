// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/env.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace net {
/// The one coroutine type of the house, bound to a concrete executor (house §14.10).
template <class T>
using awaitable = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

class Loop;
class Parking;

/// What a wait throws when its deadline passed.
struct TimedOut : std::exception {
    const char* what() const noexcept override { return "timed out"; }
};
/// What a wait throws when the connection is gone.
struct ConnectionLost : std::exception {
    explicit ConnectionLost(std::string why) : why_{std::move(why)} { }
    const char* what() const noexcept override { return why_.c_str(); }

private:
    std::string why_;
};

/// Something with a deadline that its loop watches. Setting a deadline later than the one before
/// is a clock read and one store (house §14.4); the loop looks about four times a second and calls
/// `expire` when it has passed. Belongs to the loop's thread.
class Deadline : private WheelEntry {
public:
    explicit Deadline(Loop& loop) : loop_{loop} { }
    virtual ~Deadline() { never(); }
    void expires_after(std::chrono::milliseconds limit);
    void never();
    bool has_passed() const;

protected:
    /// Called on the loop, once per deadline set. May destroy this and other deadlines.
    virtual void expire() = 0;
    Loop& loop_;

private:
    friend class Loop;
};

/// One thread's event loop: an io_context, its deadlines, its name in logs. A connection lives on
/// one loop. A loop that is destroyed destroys the coroutines it still has.
class Loop {
public:
    explicit Loop(Env& env);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    /// The loop whose thread this is; asserts that there is one.
    static Loop& current();
    Env& env() { return env_; }
    boost::asio::io_context& context() { return context_; }
    /// Runs on this thread until `stop` or until no coroutine, post or wait is left (deadlines
    /// do not count). May be called again.
    void run();
    void stop();
    /// Queues `work` onto the loop from any thread.
    void post(std::move_only_function<void()> work);
    /// Starts a coroutine; what it throws is logged under `name`. One of the three homes of
    /// co_spawn.
    void spawn(std::string_view name, awaitable<void> work);
    /// Coroutines started with `spawn` that have not ended.
    std::size_t running() const { return running_.load(std::memory_order_relaxed); }
    /// Looks for passed deadlines now; the loop's own timer calls it, tests with a test clock too.
    void sweep_deadlines();
    /// Turns of the loop that took over 20 ms (house §11.6), and the longest, in all loops of the
    /// process.
    static std::uint64_t stalls();
    static std::chrono::microseconds longest_turn();

private:
    friend class Deadline;
    friend class Parking;
    struct Ticker;
    void watch(Deadline& deadline);
    void tick_later();

    Env& env_;
    std::atomic<std::size_t> running_{0};
    bool is_closing_ = false;
    DeadlineWheel wheel_;
    Parking* parked_ = nullptr;
    boost::asio::io_context context_;
    std::unique_ptr<Ticker> ticker_;
};

/// Waits for `time` on the current loop. The time is the loop's: where a test owns the clock, it
/// passes when the test says so. From one second on it may take a quarter second more.
awaitable<void> sleep(std::chrono::milliseconds time);

/// Lets the loop serve others; for work over 64 KiB.
awaitable<void> yield();

/// Runs all at once on the current loop and waits for every one. A throw of one is rethrown after
/// all ended.
awaitable<void> all(std::vector<awaitable<void>> work);

/// Awaits `work`; past `limit` cancels it and, once it has ended, throws TimedOut.
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
    struct Waiter;
    std::shared_ptr<State> state_;
};
}

#include "gateway/net/handover.hpp"
