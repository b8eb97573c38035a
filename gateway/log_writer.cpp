// SPDX-License-Identifier: Apache-2.0
#include "gateway/log_writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace app {
namespace {
using namespace std::chrono_literals;
constexpr std::size_t gathered_limit = 4U << 20;
constexpr auto pause = 50ms;

/// A log that cannot be written has nobody left to tell: what fails is given up.
void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return;
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
}
}

LogWriter::LogWriter(int descriptor) : descriptor_{descriptor}, thread_{[this] { run(); }} { }

LogWriter::~LogWriter()
{
    {
        const std::scoped_lock lock{gathered_mutex_};
        is_over_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void LogWriter::sink_it_(const spdlog::details::log_msg& message)
{
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const std::scoped_lock lock{gathered_mutex_};
    make_room(line.size());
    gathered_.append(line.data(), line.size());
}

/// A quarter goes at a time, so that a log nobody takes costs no copy for every line.
void LogWriter::make_room(std::size_t wanted)
{
    if (gathered_.size() + wanted <= gathered_limit)
        return;
    std::size_t gone = 0;
    while (gathered_.size() - gone > gathered_limit / 4 * 3) {
        gone = std::min(gathered_.find('\n', gone), gathered_.size() - 1) + 1;
        dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    gathered_.erase(0, gone);
}

/// Asked for by warnings and worse.
void LogWriter::flush_()
{
    {
        const std::scoped_lock lock{gathered_mutex_};
        is_urgent_ = true;
    }
    wake_.notify_one();
}

void LogWriter::run()
{
    std::string writing;
    for (bool is_last = false; !is_last;) {
        {
            std::unique_lock lock{gathered_mutex_};
            wake_.wait_for(lock, pause, [this] { return is_urgent_ || is_over_; });
            is_last = is_over_;
            is_urgent_ = false;
            writing.swap(gathered_);
        }
        write_all(descriptor_, writing);
        writing.clear();
    }
}
}
