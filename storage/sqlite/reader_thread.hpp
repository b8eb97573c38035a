// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/worker_pool.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/store.hpp"

#include <functional>
#include <future>
#include <memory>

namespace storage::sqlite {
/// A thread with a reading connection of its own, opened when it is first needed and after each
/// fault.
template <class Reader> class ReaderThread {
public:
    /// `damaged` is told, on this thread, what a broken disk or file answered.
    ReaderThread(std::function<std::unique_ptr<Reader>()> open,
                 std::function<void(const std::string&)> damaged)
        : open_{std::move(open)}, damaged_{std::move(damaged)}
    { }
    /// Runs `work(Reader&)` there and returns its result on the caller's loop.
    /// Throws Unavailable when the database cannot be read.
    template <class Work> net::awaitable<std::invoke_result_t<Work, Reader&>> run(Work work)
    {
        co_return co_await pool_.run(
            [this, work = std::move(work)]() mutable { return call(work); });
    }
    /// Runs `work()` there without a connection, behind what is asked for already.
    template <class Work> net::awaitable<void> run_apart(Work work)
    {
        co_await pool_.run(std::move(work));
    }
    /// Closes the connection and returns when that is done. Not from a loop.
    void close()
    {
        std::promise<void> closed;
        pool_.post([this, &closed] {
            reader_.reset();
            closed.set_value();
        });
        closed.get_future().wait();
    }

private:
    template <class Work> auto call(Work& work)
    {
        try {
            if (!reader_)
                reader_ = open_();
            return work(*reader_);
        } catch (const Error& error) {
            reader_.reset();
            if (error.is_damage())
                damaged_(error.what());
            throw Unavailable{std::string{"the store cannot be read: "} + error.what()};
        }
    }

    std::function<std::unique_ptr<Reader>()> open_;
    std::function<void(const std::string&)> damaged_;
    std::unique_ptr<Reader> reader_;
    net::WorkerPool pool_{1};
};
}
