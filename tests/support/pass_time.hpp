// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/timer.hpp"

#include <boost/asio/deferred.hpp>

namespace support {
/// Moves a test's clock at `speed` times that of the machine's until `is_done()`, for tests in
/// which a thread or a process answers.
template <class Done> net::awaitable<void> pass_time(net::TestEnv& env, int speed, Done is_done)
{
    constexpr std::chrono::milliseconds step{1};
    while (!is_done()) {
        env.advance(step * speed);
        net::Timer timer{net::Loop::current().context(), step};
        co_await timer.async_wait(boost::asio::deferred);
    }
}
}
