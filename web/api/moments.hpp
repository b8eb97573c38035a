// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <ctime>

namespace web {
/// Where the day of `now` begins on this machine.
inline std::chrono::system_clock::time_point midnight(std::chrono::system_clock::time_point now)
{
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    return std::chrono::system_clock::from_time_t(::mktime(&local));
}
}
