// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/await.hpp"
#include "gateway/net/parking.hpp"
#include "gateway/net/timer.hpp"
#include "gateway/net/turn_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <cassert>
#include <csignal>

namespace net {
namespace asio = boost::asio;

namespace {
constinit thread_local Loop* loop_of_thread = nullptr;

/// Locks the queue, which other threads post to, but no socket: those belong to one thread.
constexpr int one_thread = BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO;

void log_end(std::string_view name, const std::exception_ptr& failure)
{
    if (!failure)
        return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        spdlog::error("{} ended: {}", name, error.what());
    } catch (...) {
        spdlog::error("{} ended: unknown exception", name);
    }
}
}

/// Wakes the loop while it has deadlines to watch.
struct Loop::Ticker {
    Timer timer;
    bool is_waiting = false;
};

Loop::Loop(Env& env) : env_{env}, context_{one_thread}, ticker_{new Ticker{Timer{context_}}}
{
    // OpenSSL writes to sockets by itself and cannot say MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
}

Loop::~Loop()
{
    is_closing_ = true;
    ticker_.reset();
    while (Parking* parking = parked_) {
        parking->abandoned();
        parking->unlist();
        // Destroys the coroutine, `parking` with it; Asio does so in the context's destructor.
        const auto coroutine = std::exchange(parking->resume_, nullptr);
    }
}

Loop& Loop::current()
{
    assert(loop_of_thread && "no loop runs on this thread");
    return *loop_of_thread;
}

void Loop::run()
{
    struct Running {
        Loop* outer;
        ~Running()
        {
            loop_of_thread = outer;
            no_turn();
        }
    } running{std::exchange(loop_of_thread, this)};
    no_turn();
    if (!wheel_.is_empty() && !ticker_->is_waiting)
        post([this] { tick_later(); });
    context_.run();
    context_.restart();
}

void Loop::stop() { context_.stop(); }

void Loop::post(std::move_only_function<void()> work) { asio::post(context_, std::move(work)); }

void Loop::spawn(std::string_view name, awaitable<void> work)
{
    running_.fetch_add(1, std::memory_order_relaxed);
    asio::co_spawn(context_.get_executor(), std::move(work),
                   [this, name = std::string{name}](const std::exception_ptr& failure) {
                       running_.fetch_sub(1, std::memory_order_relaxed);
                       log_end(name, failure);
                   });
}

void Loop::sweep_deadlines()
{
    wheel_.sweep(env_.now(), [](WheelEntry& entry) { static_cast<Deadline&>(entry).expire(); });
}

void Loop::watch(Deadline& deadline)
{
    wheel_.put(deadline, env_.now());
    if (loop_of_thread == this && !is_closing_ && !ticker_->is_waiting)
        tick_later();
}

void Loop::tick_later()
{
    ticker_->is_waiting = true;
    ticker_->timer.expires_after(std::chrono::milliseconds{250});
    ticker_->timer.async_wait([this](const boost::system::error_code&) {
        context_.get_executor().on_work_started();
        ticker_->is_waiting = false;
        sweep_deadlines();
        if (!wheel_.is_empty() && !ticker_->is_waiting)
            tick_later();
    });
    // A deadline alone is nothing to run for: the wait does not count as work. Called from within
    // a running piece of work, so the count cannot reach zero here.
    context_.get_executor().on_work_finished();
}

std::uint64_t Loop::stalls() { return stalled_turns(); }
std::chrono::microseconds Loop::longest_turn() { return net::longest_turn(); }

void Deadline::expires_after(std::chrono::milliseconds limit)
{
    // Ten years stand for "any time": more would overflow the clock.
    due = loop_.env().now() + std::min<std::chrono::milliseconds>(limit, std::chrono::years{10});
    if (DeadlineWheel::is_late(*this))
        loop_.watch(*this);
}

void Deadline::never()
{
    due = std::chrono::steady_clock::time_point::max();
    if (tick >= 0)
        loop_.wheel_.remove(*this);
}

bool Deadline::has_passed() const { return loop_.env().now() >= due; }
}
