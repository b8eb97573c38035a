// SPDX-License-Identifier: Apache-2.0
#include "web/api/digest_schedule.hpp"

#include "filters/units.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/format.h>

namespace web {
namespace {
using Time = std::chrono::system_clock::time_point;
constexpr std::array<std::string_view, 7> names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr unsigned all_days = 127;

std::optional<std::size_t> parse_day(std::string_view text)
{
    const auto found = std::ranges::find(names, text);
    if (found == names.end())
        return {};
    return static_cast<std::size_t>(found - names.begin());
}

/// "mon", "mon-fri", "sat-mon"; 0: it is none.
unsigned parse_span(std::string_view text)
{
    const auto dash = text.find('-');
    const auto first = parse_day(text.substr(0, dash));
    const auto last = dash == text.npos ? first : parse_day(text.substr(dash + 1));
    if (!first || !last)
        return 0;
    unsigned days = 0;
    for (auto day = *first;; day = (day + 1) % names.size()) {
        days |= 1U << day;
        if (day == *last)
            return days;
    }
}

std::tm local_time(Time time)
{
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm fields{};
    ::localtime_r(&seconds, &fields);
    return fields;
}
}

std::optional<DigestSchedule> parse_digest_schedule(std::string_view text)
{
    if (text == "off")
        return DigestSchedule{};
    const auto blank = text.find(' ');
    const auto hour
        = blank == text.npos ? std::nullopt : filters::parse_number(text.substr(blank + 1));
    if (!hour || *hour < 0 || *hour > 23)
        return {};
    auto words = text.substr(0, blank);
    DigestSchedule schedule{0, static_cast<unsigned>(*hour)};
    if (words == "daily") {
        schedule.days = all_days;
        return schedule;
    }
    while (!words.empty()) {
        const auto word = words.substr(0, words.find(','));
        const auto days = parse_span(word);
        if (days == 0)
            return {};
        schedule.days |= days;
        words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
    return schedule.days == 0 ? std::nullopt : std::optional{schedule};
}

std::optional<Time> last_moment(const DigestSchedule& schedule, Time now)
{
    const auto today = local_time(now);
    for (int back = 0; back <= 7; ++back) {
        std::tm fields{};
        fields.tm_year = today.tm_year;
        fields.tm_mon = today.tm_mon;
        fields.tm_mday = today.tm_mday - back;
        fields.tm_hour = static_cast<int>(schedule.hour);
        fields.tm_isdst = -1; // as the day has it
        const auto moment = std::chrono::system_clock::from_time_t(std::mktime(&fields));
        const auto day = static_cast<unsigned>(fields.tm_wday + 6) % 7;
        if (moment <= now && (schedule.days >> day & 1U) != 0)
            return moment;
    }
    return {};
}

std::string local_minute(Time time)
{
    const auto fields = local_time(time);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", fields.tm_year + 1900, fields.tm_mon + 1,
                       fields.tm_mday, fields.tm_hour, fields.tm_min);
}
}
