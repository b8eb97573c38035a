// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/await.hpp"
#include "gateway/net/parking.hpp"
#include "gateway/net/timer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <deque>

namespace net {
namespace asio = boost::asio;

namespace {
/// Wakes its coroutine when the deadline passes.
struct Alarm final : Deadline, Parking {
    explicit Alarm(Loop& loop) : Deadline{loop} { }
    void expire() override { wake(); }
};

/// Cancels a coroutine when the deadline passes.
struct Canceller final : Deadline {
    explicit Canceller(Loop& loop) : Deadline{loop} { }
    void expire() override
    {
        has_expired = true;
        signal.emit(asio::cancellation_type::terminal);
    }
    asio::cancellation_signal signal;
    bool has_expired = false;
};

/// Waits for several coroutines; cancelled, it cancels them and goes on waiting.
struct Gathering final : Parking {
    explicit Gathering(std::size_t count) : left{count}, signals(count) { }
    void ended(const std::exception_ptr& error)
    {
        if (error && !failure)
            failure = error;
        if (--left == 0)
            wake();
    }
    void cancelled() override
    {
        for (auto& signal : signals)
            signal.emit(asio::cancellation_type::terminal);
    }
    std::size_t left;
    std::deque<asio::cancellation_signal> signals;
    std::exception_ptr failure;
};
}

awaitable<void> sleep(std::chrono::milliseconds time)
{
    Loop& loop = Loop::current();
    if (time < std::chrono::seconds{1} && &loop.env() == &Env::real()) {
        Timer timer{loop.context(), time};
        co_await timer.async_wait(asio::deferred);
        co_return;
    }
    Alarm alarm{loop};
    alarm.expires_after(time);
    co_await alarm.wait();
}

awaitable<void> yield()
{
    co_await asio::post(Loop::current().context().get_executor(), asio::deferred);
}

awaitable<void> all(std::vector<awaitable<void>> work)
{
    if (work.empty())
        co_return;
    if (work.size() == 1) {
        co_await std::move(work.front());
        co_return;
    }
    Gathering gathering{work.size()};
    const auto executor = Loop::current().context().get_executor();
    for (std::size_t i = 0; i < work.size(); ++i)
        asio::co_spawn(executor, std::move(work[i]),
                       asio::bind_cancellation_slot(gathering.signals[i].slot(),
                                                    [&gathering](const std::exception_ptr& error) {
                                                        gathering.ended(error);
                                                    }));
    co_await gathering.wait();
    if (gathering.failure)
        std::rethrow_exception(gathering.failure);
}

awaitable<void> with_deadline(awaitable<void> work, std::chrono::milliseconds limit)
{
    Loop& loop = Loop::current();
    Canceller canceller{loop};
    canceller.expires_after(limit);
    // The slot of this coroutine is free while the work has one of its own: pass on what arrives.
    auto state = co_await asio::this_coro::cancellation_state;
    auto slot = state.slot();
    if (slot.is_connected())
        slot.assign([&canceller](asio::cancellation_type type) { canceller.signal.emit(type); });
    constexpr asio::use_awaitable_t<asio::io_context::executor_type> token;
    auto result = co_await asio::co_spawn(
        loop.context().get_executor(), std::move(work),
        asio::bind_cancellation_slot(canceller.signal.slot(), asio::as_tuple(token)));
    const auto& [failure] = result;
    if (slot.is_connected())
        slot.clear();
    if (!failure)
        co_return;
    if (canceller.has_expired)
        throw TimedOut{};
    std::rethrow_exception(failure);
}

/// One coroutine that waits for an event, perhaps not forever.
struct Event::Waiter final : Deadline, Parking {
    Waiter(Loop& loop, std::shared_ptr<State> event);
    ~Waiter() override;
    void expire() override { wake(); }
    std::shared_ptr<State> event_;
};

struct Event::State {
    bool is_set = false;
    std::vector<Waiter*> waiters;
};

Event::Waiter::Waiter(Loop& loop, std::shared_ptr<State> event)
    : Deadline{loop}, event_{std::move(event)}
{
    event_->waiters.push_back(this);
}

Event::Waiter::~Waiter() { std::erase(event_->waiters, this); }

Event::Event() : state_{std::make_shared<State>()} { }
Event::~Event() = default;

bool Event::is_set() const { return state_->is_set; }

void Event::set()
{
    state_->is_set = true;
    for (Waiter* waiter : state_->waiters)
        waiter->wake();
}

awaitable<void> Event::wait()
{
    if (state_->is_set)
        co_return;
    Waiter waiter{Loop::current(), state_};
    co_await waiter.wait();
}

awaitable<bool> Event::wait_for(std::chrono::milliseconds limit)
{
    if (state_->is_set)
        co_return true;
    const auto state = state_;
    Waiter waiter{Loop::current(), state};
    waiter.expires_after(limit);
    co_await waiter.wait();
    co_return state->is_set;
}
}
