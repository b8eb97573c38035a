// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"

#include <chrono>
#include <memory>

namespace net {
/// Watches a descriptor on the current loop for as long as this lives. The descriptor stays the
/// caller's; nobody else may watch it meanwhile.
class Readable {
public:
    /// Throws std::system_error where the descriptor cannot be watched.
    explicit Readable(int descriptor);
    ~Readable();
    Readable(const Readable&) = delete;
    Readable& operator=(const Readable&) = delete;
    /// True once there is something to read or the other side is gone, false when `limit` passed
    /// first.
    awaitable<bool> wait_for(std::chrono::milliseconds limit);

private:
    struct State;
    std::unique_ptr<State> state_;
};
}
