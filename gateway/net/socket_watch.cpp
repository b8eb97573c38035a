// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/socket_watch.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace net {
void SocketWatch::watch(int socket, Deadline deadline)
{
    const std::scoped_lock lock{mutex_};
    deadlines_[socket] = deadline;
    if (!thread_.joinable())
        thread_ = std::jthread{[this](std::stop_token end) { look(std::move(end)); }};
    changed_.notify_one();
}

void SocketWatch::forget(int socket)
{
    const std::scoped_lock lock{mutex_};
    deadlines_.erase(socket);
}

void SocketWatch::look(std::stop_token end)
{
    std::unique_lock lock{mutex_};
    while (!end.stop_requested()) {
        if (deadlines_.empty()) {
            changed_.wait(lock, end, [this] { return !deadlines_.empty(); });
            continue;
        }
        const auto first
            = *std::ranges::min_element(deadlines_, {}, [](const auto& one) { return one.second; });
        if (std::chrono::steady_clock::now() < first.second) {
            const auto is_other = [&] {
                const auto found = deadlines_.find(first.first);
                return found == deadlines_.end() || found->second != first.second;
            };
            changed_.wait_until(lock, end, first.second, is_other);
            continue;
        }
        ::shutdown(first.first, SHUT_RDWR);
        deadlines_.erase(first.first);
    }
}
}
