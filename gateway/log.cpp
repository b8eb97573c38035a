// SPDX-License-Identifier: Apache-2.0
#include "gateway/log.hpp"

#include "gateway/log_writer.hpp"
#include "web/api/json.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <unistd.h>

namespace app {
namespace {
std::shared_ptr<LogWriter> writer;
constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%e%z %l %v";

spdlog::level::level_enum level_of(const std::string& name)
{
    return name == "warning" ? spdlog::level::warn
        : name == "error"    ? spdlog::level::err
        : name == "debug"    ? spdlog::level::debug
                             : spdlog::level::info;
}

std::string_view name_of(spdlog::level::level_enum level)
{
    switch (level) {
    case spdlog::level::debug:
    case spdlog::level::trace:
        return "debug";
    case spdlog::level::warn:
        return "warning";
    case spdlog::level::err:
        return "error";
    case spdlog::level::critical:
        return "critical";
    default:
        return "info";
    }
}

/// One JSON object a line: time and level, then the line itself: its members where it is an object
/// already (message and attempt lines are), else as "message".
class JsonLine final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override
    {
        const std::string_view line{message.payload.data(), message.payload.size()};
        std::string text = "{\"time\":\"" + web::rfc3339(message.time) + "\",\"level\":\"";
        text += name_of(message.level);
        text += "\",";
        if (line.starts_with("{\"") && line.ends_with('}'))
            text += line.substr(1);
        else
            text += "\"message\":" + web::json_quoted(line) + "}";
        out.append(text);
        out.push_back('\n');
    }
    std::unique_ptr<spdlog::formatter> clone() const override
    {
        return std::make_unique<JsonLine>();
    }
};

void install(std::shared_ptr<spdlog::logger> logger, const LogSettings& settings)
{
    spdlog::set_default_logger(std::move(logger));
    change_log(settings);
    spdlog::flush_on(spdlog::level::warn);
}
}

void start_log(const LogSettings& settings)
{
    install(std::make_shared<spdlog::logger>("mailweir",
                                             std::make_shared<spdlog::sinks::stderr_sink_mt>()),
            settings);
}

void start_asynchronous_log(const LogSettings& settings)
{
    writer = std::make_shared<LogWriter>(STDERR_FILENO);
    install(std::make_shared<spdlog::logger>("mailweir", writer), settings);
}

void change_log(const LogSettings& settings)
{
    spdlog::set_level(level_of(settings.level));
    if (settings.is_json)
        spdlog::set_formatter(std::make_unique<JsonLine>());
    else
        spdlog::set_pattern(text_pattern);
}

void finish_log() { spdlog::shutdown(); }

std::uint64_t dropped_log_lines() { return writer ? writer->dropped() : 0; }
}
