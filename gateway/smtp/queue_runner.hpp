// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/smtp/context.hpp"

#include <memory>

namespace smtp {
/// Delivers what waits in the store, oldest first, within each route's connections and breaker.
/// One per process, on the first loop.
class QueueRunner {
public:
    QueueRunner(net::Loop& loop, Context& context);
    ~QueueRunner();
    void start();
    /// Something new waits, or an administrator asked: look now.
    void wake();
    /// Starts nothing new; attempts under way finish.
    void stop();
    std::size_t under_way() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};
}
