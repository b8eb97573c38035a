// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/record.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

TEST_CASE("hostile text cannot leave its log field, steer a terminal or turn the reading direction")
{
    struct Row {
        std::string_view text, escaped;
    };
    const auto row = GENERATE(values<Row>({
        {"plain text", "plain text"},
        {"来週の件", "来週の件"},
        {"a\"b\\c", "a\\\"b\\\\c"},
        {"line\r\nevent=message", "line\\u000d\\u000aevent=message"},
        {"\x1b[31m\x7f", "\\u001b[31m\\u007f"},
        {"\xc2\x9b", "\\u00c2\\u009b"},
        {"\u202eabc", "\\u00e2\\u0080\\u00aeabc"},
        {"\u200b\u2066\ufeff", "\\u00e2\\u0080\\u008b\\u00e2\\u0081\\u00a6\\u00ef\\u00bb\\u00bf"},
        {"\xff\xc0\xaf", "\\u00ff\\u00c0\\u00af"},
    }));
    CHECK(smtp::escaped(row.text) == row.escaped);
}

TEST_CASE("a log field ends near 512 octets")
{
    CHECK(smtp::escaped(std::string(100'000, 'x')).size() == 512);
    CHECK(smtp::escaped(std::string(100'000, '\x01')).size() < 520);
}

TEST_CASE("the id that the log gives a refusal finds its row in the history")
{
    test::GatewayUnderTest gateway{{}};
    std::ostringstream log;
    const auto before = spdlog::default_logger();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log)));
    mail::Mail mail;
    mail.received_at = gateway.env.wall_now();
    mail.id = gateway.ids.next(mail.received_at);
    smtp::record_refusal(gateway.context, mail, "rcpt", "x@far.example", {}, {},
                         {550, "5.7.1", "no"});
    spdlog::set_default_logger(before);
    const auto text = log.str();
    INFO(text);
    const auto start = text.find(" id=") + 4;
    const auto id = mail::MailId::parse(text.substr(start, text.find(' ', start) - start));
    CHECK(id == mail.id);
}
