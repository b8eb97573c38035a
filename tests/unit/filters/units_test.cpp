// SPDX-License-Identifier: Apache-2.0
#include "filters/units.hpp"

#include <catch2/catch.hpp>

using namespace filters;
using namespace std::chrono_literals;

TEST_CASE("times carry their unit")
{
    struct Row {
        const char* text;
        std::optional<std::chrono::milliseconds> value;
    };
    for (const auto& [text, value] : {Row{"30 s", 30s},     Row{"30s", 30s},
                                      Row{"5 min", 5min},   Row{"1 h", 1h},
                                      Row{"5 days", 120h},  Row{"1 day", 24h},
                                      Row{"2 weeks", 336h}, Row{"250 ms", 250ms},
                                      Row{"1.5 h", 90min},  Row{"0", 0ms},
                                      Row{"0 s", 0ms},      Row{" 3 s ", 3s},
                                      Row{"30", {}},        Row{"-1 s", {}},
                                      Row{"s", {}},         Row{"", {}},
                                      Row{"1 month", {}},   Row{"1 s 2 s", {}},
                                      Row{"1e3 s", {}},     Row{"99999999999999999999 days", {}},
                                      Row{"nan s", {}},     Row{"inf s", {}}}) {
        INFO(text);
        CHECK(parse_duration(text) == value);
    }
}

TEST_CASE("sizes carry their unit")
{
    struct Row {
        const char* text;
        std::optional<std::uint64_t> value;
    };
    for (const auto& [text, value] :
         {Row{"50 MiB", 50U << 20}, Row{"4KiB", 4096}, Row{"500 B", 500}, Row{"1 kB", 1000},
          Row{"1.5 GiB", 3ULL << 29}, Row{"0", 0}, Row{"50", {}}, Row{"50 mib", {}},
          Row{"-1 B", {}}, Row{"1e30 GiB", {}}, Row{"9999999 TiB", {}}}) {
        INFO(text);
        CHECK(parse_size(text) == value);
    }
}

TEST_CASE("rates say how many in which window")
{
    CHECK(parse_rate("200 per 30 min") == Rate{200, 30min});
    CHECK(parse_rate("10 per h") == Rate{10, 1h});
    CHECK(parse_rate("500 per day") == Rate{500, 24h});
    for (const auto wrong :
         {"200", "200 per", "200 per 0 s", "per h", "200 / h", "x per h", "5 per 3"})
        CHECK_FALSE(parse_rate(wrong));
    CHECK(parse_data_rate("500 B/s") == 500);
    CHECK(parse_data_rate("2 MiB/s") == 2U << 20);
    CHECK_FALSE(parse_data_rate("500 B"));
}

TEST_CASE("switches and numbers are read strictly")
{
    CHECK(parse_boolean("Yes") == true);
    CHECK(parse_boolean("off") == false);
    CHECK_FALSE(parse_boolean("1"));
    CHECK(parse_number("-12") == -12);
    CHECK_FALSE(parse_number("12x"));
    CHECK_FALSE(parse_number("99999999999999999999"));
    CHECK(parse_real("3.5") == 3.5);
    CHECK_FALSE(parse_real("nan"));
    CHECK_FALSE(parse_real("1e999"));
}

TEST_CASE("values print in the largest unit that fits")
{
    CHECK(duration_text(30s) == "30 s");
    CHECK(duration_text(120h) == "5 days");
    CHECK(duration_text(90min) == "90 min");
    CHECK(duration_text(1500ms) == "1500 ms");
    CHECK(duration_text(0s) == "0 s");
    CHECK(size_text(50U << 20) == "50 MiB");
    CHECK(size_text(500) == "500 B");
    CHECK(real_text(3.5) == "3.5");
    CHECK(real_text(6) == "6");
}
