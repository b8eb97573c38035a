// SPDX-License-Identifier: Apache-2.0
#include "filters/mail_date.hpp"

#include <catch2/catch.hpp>

using namespace filters;

TEST_CASE("dates as programs write them")
{
    struct Row {
        const char* text;
        long seconds; // since 1970, -1: none
    };
    for (const auto& [text, seconds] : {
             Row{"Thu, 01 Jan 1970 00:00:00 +0000", 0},
             Row{"Fri, 21 Nov 1997 09:55:06 -0600", 880127706},
             Row{"21 Nov 97 09:55 GMT", 880106100},
             Row{"Fri, 21 Nov 1997 09:55:06 EST (winter)", 880124106},
             Row{"Thu,13 Feb 1969 23:32:54 -0330", -27723426},
             Row{"Sat, 21 Nov 2026 10:00:00 +0900", 1795222800},
             Row{"1 Jan 2000 00:00:60 Z", 946684860},
             Row{"", -1},
             Row{"yesterday", -1},
             Row{"31 Feb 2020 00:00:00 +0000", -1},
             Row{"1 Jan 2020 25:00:00 +0000", -1},
             Row{"1 Jan 99999 00:00:00 +0000", -1},
             Row{"1 Jan 2020", -1},
             Row{"1 Jan 2020 ::", -1},
         }) {
        INFO(text);
        const auto time = parse_mail_date(text);
        if (seconds == -1)
            CHECK_FALSE(time);
        else
            CHECK((time && std::chrono::system_clock::to_time_t(*time) == seconds));
    }
}

TEST_CASE("a year beyond the clock's range is no date")
{
    CHECK(filters::parse_mail_date("Mon, 1 Jan 2261 00:00:00 +0000"));
    CHECK_FALSE(filters::parse_mail_date("Mon, 1 Jan 2262 00:00:00 +0000"));
    CHECK_FALSE(filters::parse_mail_date("Sat, 1 Jan 9999 00:00:00 +0000"));
}
