// SPDX-License-Identifier: Apache-2.0
#include "web/api/json.hpp"

#include "web/api/document.hpp"

#include <catch2/catch.hpp>

#include <limits>

using web::JsonWriter;

TEST_CASE("numbers are as people write them")
{
    const auto written = [](double value) { return JsonWriter{}.real(value).take(); };
    CHECK(written(5.5) == "5.5");
    CHECK(written(0) == "0");
    CHECK(written(-3) == "-3");
    CHECK(written(0.1) == "0.1");
    CHECK(written(1000000) == "1000000");
    CHECK(written(1e300) == "1e+300");
    CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(written(std::numeric_limits<double>::infinity()) == "null");
    CHECK(web::parse_json(written(5e-324))->as_double() == 5e-324);
}

TEST_CASE("commas and nesting are right whatever the order of calls")
{
    JsonWriter json;
    json.begin_object().member("a", 1).key("b").begin_array().number(2).begin_object().end_object();
    json.text("x").end_array().member("c", true).key("d").null().end_object();
    CHECK(json.str() == R"({"a":1,"b":[2,{},"x"],"c":true,"d":null})");
}

TEST_CASE("text becomes valid JSON whatever it was")
{
    CHECK(web::json_quoted("a\"b\\c\n\t\r") == R"("a\"b\\c\n\t\r")");
    CHECK(web::json_quoted(std::string_view{"\0\x1f\x7f", 3}) == R"("\u0000\u001f\u007f")");
    CHECK(web::json_quoted("日本語 é 😀") == "\"日本語 é 😀\"");
    const std::string replacement = "\xEF\xBF\xBD";
    for (const std::string bad :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe3\x81", "\x80"}) {
        const auto quoted = web::json_quoted(bad + "z");
        CHECK(web::parse_json(quoted));
        CHECK(quoted.starts_with("\"" + replacement));
        CHECK(quoted.ends_with("z\""));
    }
}

TEST_CASE("times are RFC 3339 in UTC and the epoch is never")
{
    using namespace std::chrono;
    const system_clock::time_point time = sys_days{2026y / November / 21} + 22h + 30min + 5s + 7ms;
    CHECK(web::rfc3339(time) == "2026-11-21T22:30:05.007Z");
    CHECK(JsonWriter{}.time({}).take() == "null");
}

TEST_CASE("what was read is written the same")
{
    const std::string text
        = R"({"a":[1,-2,5.5,18446744073709551615,"x\n",true,null,{}],"b":{"c":[]}})";
    CHECK(web::json_text(*web::parse_json(text)) == text);
}

TEST_CASE("a document that is nested too deeply is refused")
{
    CHECK_FALSE(web::parse_json(std::string(64, '[') + std::string(64, ']')));
    CHECK_FALSE(web::parse_json("{\"a\":1"));
    CHECK_FALSE(web::parse_json(""));
}
