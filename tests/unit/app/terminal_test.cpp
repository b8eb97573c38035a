// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/terminal.hpp"

#include "gateway/commands/daemon.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace app::commands;

TEST_CASE("hostile text cannot steer a terminal")
{
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(printable("plain 日本語 é") == "plain 日本語 é");
    CHECK(printable("a\x1b[31mb") == "a" + mark + "[31mb");
    CHECK(printable("a\nb\tc\rd") == "a b c d");
    CHECK(printable("\xe2\x80\xae"
                    "evil")
          == mark + "evil");
    CHECK(printable("\xff"
                    "a")
          == mark + "a");
    CHECK(printable("\xc2\x9b") == mark);
}

TEST_CASE("wide characters take two columns")
{
    CHECK(width_of("abc") == 3);
    CHECK(width_of("日本") == 4);
    CHECK(width_of("") == 0);
}

TEST_CASE("spans and sizes are short")
{
    CHECK(span_text(5) == "5 s");
    CHECK(span_text(65) == "1 min 5 s");
    CHECK(span_text(3 * 3600 + 120) == "3 h 2 min");
    CHECK(span_text(90000) == "1 day 1 h");
    CHECK(span_text(-1) == "0 s");
    CHECK(octets_text(500) == "500 B");
    CHECK(octets_text(1536) == "1.5 KiB");
}

TEST_CASE("queries carry any text")
{
    CHECK(query_text({{"a", "x y&z"}, {"b", ""}, {"c", "日"}}) == "a=x%20y%26z&c=%E6%97%A5");
    CHECK(escaped_segment("0ABC/2") == "0ABC%2F2");
}

TEST_CASE("every command has a summary and its own name")
{
    std::set<std::string> names;
    for (const auto& command : all_commands()) {
        CHECK_FALSE(command.summary.empty());
        CHECK(names.insert(std::string{command.noun} + " " + std::string{command.verb}).second);
        REQUIRE(command.run != nullptr);
    }
    CHECK(names.contains("serve "));
    CHECK(names.contains("queue flush"));
}
