// SPDX-License-Identifier: Apache-2.0
#include "gateway/log.hpp"

#include "web/api/document.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace {
/// What one line looks like in a format.
std::string logged(const app::LogSettings& settings, const std::string& line)
{
    std::ostringstream out;
    const auto before = spdlog::default_logger();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "mailweir", std::make_shared<spdlog::sinks::ostream_sink_mt>(out)));
    app::change_log(settings);
    spdlog::info(line);
    spdlog::set_default_logger(before);
    return out.str();
}
}

TEST_CASE("a JSON line is one object whatever was said")
{
    const app::LogSettings json{true, false, "info"};
    const auto plain = web::parse_json(logged(json, "say \"hi\"\n"));
    REQUIRE(plain);
    CHECK(web::text_member(*plain, "message") == "say \"hi\"\n");
    CHECK(web::text_member(*plain, "level") == "info");
    const auto fields = web::parse_json(logged(json, R"({"event":"message","id":"X"})"));
    REQUIRE(fields);
    CHECK(web::text_member(*fields, "event") == "message");
    CHECK(web::text_member(*fields, "time")->size() == 24);
}

TEST_CASE("a text line has time, level and the words")
{
    CHECK_THAT(logged({false, false, "info"}, "event=message id=X"),
               Catch::Contains(" info event=message id=X\n"));
    CHECK(logged({false, false, "error"}, "quiet").empty());
}
