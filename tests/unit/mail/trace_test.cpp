// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/trace.hpp"

#include <catch2/catch.hpp>

namespace mail {
namespace {
Mail received()
{
    using namespace std::chrono;
    Mail mail;
    mail.received_at = sys_days{2026y / July / 28} + 9h + 5min + 7s + 999ms;
    mail.client.ip = *Ip::parse("192.0.2.1");
    mail.client.helo = "mx.sender.example";
    mail.client.is_esmtp = true;
    return mail;
}
}

TEST_CASE("dates are written as RFC 5322 wants them")
{
    using namespace std::chrono;
    CHECK(date_rfc5322(sys_days{2026y / July / 28} + 12h) == "Tue, 28 Jul 2026 12:00:00 +0000");
    CHECK(date_rfc5322(sys_days{2024y / February / 29} + 23h + 59min + 59s + 999ms)
          == "Thu, 29 Feb 2024 23:59:59 +0000");
    CHECK(date_rfc5322(sys_days{2023y / January / 1}) == "Sun, 1 Jan 2023 00:00:00 +0000");
    CHECK(date_rfc5322(sys_days{1969y / December / 31} + 23h) == "Wed, 31 Dec 1969 23:00:00 +0000");
}

TEST_CASE("the Received field names both ends, the protocol and the id, and no recipient")
{
    Mail mail = received();
    mail.recipients.push_back({.address = *Mailbox::parse("secret@example.jp")});
    CHECK(received_line(mail, "mx.example.jp", "01ABC")
          == "Received: from mx.sender.example ([192.0.2.1])\r\n"
             "\tby mx.example.jp with ESMTP id 01ABC;\r\n"
             "\tTue, 28 Jul 2026 09:05:07 +0000\r\n");
    mail.client.reverse_name = "out.sender.example";
    mail.client.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384";
    mail.client.ip = *Ip::parse("2001:db8::1");
    CHECK(received_line(mail, "mx.example.jp", "01ABC")
          == "Received: from mx.sender.example (out.sender.example [IPv6:2001:db8::1])\r\n"
             "\tby mx.example.jp with ESMTPS id 01ABC\r\n"
             "\t(TLSv1.3 TLS_AES_256_GCM_SHA384);\r\n"
             "\tTue, 28 Jul 2026 09:05:07 +0000\r\n");
}

TEST_CASE("no HELO can end a line, a comment or the clause")
{
    Mail mail = received();
    mail.client.helo = "a) by evil\r\nX: (\\\"<\xC3\xA9>;";
    mail.client.reverse_name = "b)\r\nc";
    const std::string line = received_line(mail, "mx", "ID");
    CHECK(line.starts_with("Received: from a??by?evil??X:????????? (b???c [192.0.2.1])\r\n"));
    mail.client.helo = std::string(5000, 'h');
    CHECK(received_line(mail, "mx", "ID").size() < 600);
    mail.client.helo = "";
    CHECK(received_line(mail, "mx", "ID").starts_with("Received: from unknown ("));
    mail.client.helo = "[IPv6:2001:db8::1]";
    CHECK(received_line(mail, "mx", "ID").starts_with("Received: from [IPv6:2001:db8::1] ("));
}

TEST_CASE("the transmission type follows the registered names")
{
    const auto [esmtp, tls, utf8, expected] = GENERATE(table<bool, const char*, bool, const char*>({
        {false, "", false, "SMTP"},
        {true, "", false, "ESMTP"},
        {true, "TLSv1.3 x", false, "ESMTPS"},
        {true, "", true, "UTF8SMTP"},
        {true, "TLSv1.3 x", true, "UTF8SMTPS"},
    }));
    Client client;
    client.is_esmtp = esmtp;
    client.tls = tls;
    MailParameters parameters;
    parameters.is_smtputf8 = utf8;
    CHECK(transmission_type(client, parameters) == expected);
}
}
