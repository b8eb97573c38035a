// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace app::commands {
/// Puts results that threads finish in any order back into input order. Bounded: whoever is too far
/// ahead waits, the one whose turn it is never does.
class OrderedOutput {
public:
    using Write = std::function<void(const std::string&)>;
    OrderedOutput(std::size_t window, Write write) : window_{window}, write_{std::move(write)} { }

    void put(std::size_t number, std::string text)
    {
        std::unique_lock lock{mutex_};
        turn_.wait(lock, [&] { return number < next_ + window_; });
        waiting_.emplace(number, std::move(text));
        for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_;
             first = waiting_.erase(first), ++next_)
            write_(first->second);
        turn_.notify_all();
    }

private:
    std::size_t window_, next_ = 0;
    Write write_;
    std::mutex mutex_;
    std::condition_variable turn_;
    std::map<std::size_t, std::string> waiting_;
};
}
