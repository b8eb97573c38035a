// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/daemon.hpp"

namespace app::commands {
/// Waits for a job that the daemon has begun (its answer is `started`) with a bar on the terminal,
/// and gives what it found. An interrupt ends the job, too.
std::expected<boost::json::value, Exit> result_of_job(const Daemon& daemon, const Answer& started,
                                                      std::string_view unit);
}
