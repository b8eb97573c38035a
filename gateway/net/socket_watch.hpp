// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace net {
/// Ends blocking reads and writes of other threads that last too long, as those of a TLS handshake
/// that a library makes: shuts their socket down at its deadline. One thread, begun when it is
/// needed. Safe from all threads.
class SocketWatch {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    void watch(int socket, Deadline deadline);
    /// Before the socket is closed; a socket that is not watched is no error.
    void forget(int socket);

private:
    void look(std::stop_token end);
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<int, Deadline> deadlines_;
    std::jthread thread_; // last, so that it ends first
};
}
