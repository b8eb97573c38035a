// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/worker_pool.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace net {
struct WorkerPool::State {
    void work();

    mutable std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::move_only_function<void()>> queue;
    bool is_ending = false;
    std::vector<std::jthread> threads;
};

void WorkerPool::State::work()
{
    std::unique_lock lock{mutex};
    for (;;) {
        wake.wait(lock, [this] { return is_ending || !queue.empty(); });
        if (queue.empty())
            return;
        auto job = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        try {
            job();
        } catch (const std::exception& error) {
            spdlog::error("worker: {}", error.what());
        }
        job = nullptr; // what it holds may be large or wait for its end
        lock.lock();
    }
}

WorkerPool::WorkerPool(std::size_t threads) : state_{std::make_unique<State>()}
{
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i)
        state_->threads.emplace_back([state = state_.get()] { state->work(); });
}

WorkerPool::~WorkerPool()
{
    {
        const std::lock_guard lock{state_->mutex};
        state_->is_ending = true;
    }
    state_->wake.notify_all();
}

void WorkerPool::post(std::move_only_function<void()> work)
{
    {
        const std::lock_guard lock{state_->mutex};
        state_->queue.push_back(std::move(work));
    }
    state_->wake.notify_one();
}

std::size_t WorkerPool::queued() const
{
    const std::lock_guard lock{state_->mutex};
    return state_->queue.size();
}
}
