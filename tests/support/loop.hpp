// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"

#include <exception>
#include <utility>
#include <vector>

namespace support {
/// Remembers what a coroutine threw, so that the test that runs the loop sees it.
inline net::awaitable<void> guard(net::awaitable<void> work, std::exception_ptr& failure)
{
    try {
        co_await std::move(work);
    } catch (...) {
        failure = std::current_exception();
    }
}

/// Runs coroutines on a loop until all have ended; rethrows the first throw.
template <class... Work> void run(net::Loop& loop, Work... work)
{
    std::vector<std::exception_ptr> failures(sizeof...(work));
    std::size_t i = 0;
    (loop.spawn("test", guard(std::move(work), failures[i++])), ...);
    loop.run();
    for (const auto& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
}
}
