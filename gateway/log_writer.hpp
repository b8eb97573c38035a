// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace app {
/// A log sink whose thread writes what has gathered about every 50 ms, in one system call: waking a
/// thread for every line would cost a message more than its whole filtering. A warning is written
/// at once. Bounded: past 4 MiB the oldest lines go and are counted.
class LogWriter final : public spdlog::sinks::base_sink<std::mutex> {
public:
    /// Does not own `descriptor`.
    explicit LogWriter(int descriptor);
    /// Writes what is left.
    ~LogWriter() override;
    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

private:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override;
    void run();
    void make_room(std::size_t wanted);

    const int descriptor_;
    std::mutex gathered_mutex_; // guards what follows
    std::string gathered_;
    bool is_urgent_ = false;
    bool is_over_ = false;
    std::condition_variable wake_;
    std::atomic<std::uint64_t> dropped_{0};
    std::thread thread_;
};
}
