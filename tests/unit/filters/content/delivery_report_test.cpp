// SPDX-License-Identifier: Apache-2.0
#include "filters/content/delivery_report.hpp"

#include <catch2/catch.hpp>

using filters::content::read_delivery_report;

namespace {
std::string told(std::string_view body)
{
    const auto report = read_delivery_report(body);
    std::string text;
    for (const auto& failure : report.failures)
        text += failure.recipient + " " + failure.status + ";";
    return text + " " + report.message_id;
}
}

TEST_CASE("bounces say whom they are about, in the forms that are common")
{
    CHECK(told("Reporting-MTA: dns; mx.far.example\r\n\r\n"
               "Final-Recipient: rfc822; ann@far.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
               "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
               "Message-ID: <1@b.example>\r\nSubject: x\r\n")
          == "ann@far.example 5.1.1; 1@b.example");
    CHECK(told("Original-Recipient: rfc822;a@x.example\r\nFinal-Recipient: rfc822;b@x.example\r\n"
               "Status: 5.2.2 (mailbox full)\r\n\r\nFinal-Recipient: rfc822;c@x.example\r\n"
               "Action: failed\r\nStatus: 5.0.0\r\n")
          == "a@x.example 5.2.2;b@x.example 5.2.2;c@x.example 5.0.0; ");
    CHECK(told("I'm sorry\r\n\r\n<ann@far.example>: host mx[192.0.2.1] said: 550 5.1.1 unknown\r\n")
          == "ann@far.example 5.1.1; ");
    CHECK(told("<ann@far.example>:\n192.0.2.1 does not like recipient.\n\n"
               "> Message-ID: <2@b.example>\n")
          == "ann@far.example ; 2@b.example");
    CHECK(told("X-Failed-Recipients: ann@far.example\r\n\r\nhello\r\n") == "ann@far.example ; ");
}

TEST_CASE("what was only delayed, or delivered, did not fail")
{
    CHECK(told("Final-Recipient: rfc822; ann@far.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n")
          == " ");
    CHECK(
        told(
            "Final-Recipient: rfc822; ann@far.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
            "Final-Recipient: rfc822; bob@far.example\r\nAction: failed\r\nStatus: 5.0.0\r\n")
        == "bob@far.example 5.0.0; ");
    CHECK(told("<ann@far.example>: 450 4.2.2 try later\r\n") == " ");
}

TEST_CASE("what is no bounce says nothing, and a flood of recipients is cut")
{
    CHECK(told("") == " ");
    CHECK(told("Dear <ann@far.example>, see you at 5.30\r\nStatus: well\r\n") == " ");
    CHECK(told("Final-Recipient: rfc822; nobody\r\nStatus: 5.1.1\r\n") == " ");
    std::string many;
    for (int i = 0; i < 200; ++i)
        many += "Final-Recipient: rfc822; " + std::to_string(i)
            + "@x.example\r\nStatus: 5.1.1\r\n\r\n";
    CHECK(read_delivery_report(many).failures.size() == 50);
    CHECK(told(std::string(1'000'000, '<')) == " ");
}
