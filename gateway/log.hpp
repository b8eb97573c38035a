// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace app {
struct LogSettings {
    bool is_json = false;
    bool with_subjects = false; ///< Subject in message lines
    std::string level = "info"; ///< debug, info, warning, error
    bool operator==(const LogSettings&) const = default;
};

/// Makes the default logger "mailweir" on stderr without a thread of its own: for commands and the
/// supervisor.
void start_log(const LogSettings& settings);
/// The same with a bounded queue and a thread: for a role after its fork. When the queue is full
/// the oldest lines go and are counted; a loop never waits for the terminal.
void start_asynchronous_log(const LogSettings& settings);
/// Format and level of what follows; safe while others log.
void change_log(const LogSettings& settings);
/// Writes out what is queued.
void finish_log();
/// Lines lost because nobody took them fast enough.
std::uint64_t dropped_log_lines();
}
