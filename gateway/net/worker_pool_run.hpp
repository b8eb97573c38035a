// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/handover.hpp"
#include "gateway/net/worker_pool.hpp"

#include <utility>

namespace net {
template <class Work> awaitable<std::invoke_result_t<Work>> WorkerPool::run(Work work)
{
    using Result = std::invoke_result_t<Work>;
    Handover<Result> result;
    post([result, work = std::move(work)]() mutable {
        try {
            if constexpr (std::is_void_v<Result>) {
                work();
                result.deliver();
            } else {
                result.deliver(work());
            }
        } catch (...) {
            result.fail(std::current_exception());
        }
    });
    co_return co_await result.receive();
}
}
