// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/command.hpp"

#include <catch2/catch.hpp>

using namespace smtp;

TEST_CASE("a command line is a verb in any case and the rest without blanks at its ends")
{
    CHECK(parse_command("mail FROM:<a@b>").verb == Verb::mail);
    CHECK(parse_command("MaIl   FROM:<a@b>  ").argument == "FROM:<a@b>");
    CHECK(parse_command("QUIT").argument.empty());
    CHECK(parse_command("GET / HTTP/1.1").verb == Verb::http);
    CHECK(parse_command("MAILX").verb == Verb::unknown);
    CHECK(parse_command("").verb == Verb::unknown);
    CHECK(parse_command("DATA\t").verb == Verb::data);
}

TEST_CASE("MAIL knows its parameters and refuses the others with the right code")
{
    struct Case {
        std::string_view argument;
        int code; // 250: parsed
    };
    const auto c = GENERATE(values<Case>({
        {"FROM:<a@b.example>", 250},
        {"from: <a@b.example>", 250},
        {"FROM:<>", 250},
        {"FROM:<@x.example,@y.example:a@b.example>", 250},
        {"FROM:<a@b.example> SIZE=1000 BODY=8BITMIME", 250},
        {"FROM:<a@b.example> BODY=BINARYMIME", 501},
        {"FROM:<a@b.example> SIZE=x", 501},
        {"FROM:<a@b.example> SIZE=99999999", 552},
        {"FROM:<a@b.example> RET=FULL ENVID=x+2Dy", 250},
        {"FROM:<a@b.example> RET=FULL RET=HDRS", 555},
        {"FROM:<a@b.example> ENVID=a+zz", 501},
        {"FROM:<a@b.example> AUTH=<>", 250},
        {"FROM:<a@b.example> FOO=1", 555},
        {"FROM:<a@b.example> SMTPUTF8=1", 555},
        {"FROM:<\xc3\xbc@b.example>", 553},
        {"FROM:<\xc3\xbc@b.example> SMTPUTF8", 250},
        {"FROM:a@b.example> X", 501},
        {"FROM:<a@b.example", 501},
        {"FROM:<postmaster>", 501},
        {"TO:<a@b.example>", 501},
        {"", 501},
    }));
    INFO(c.argument);
    const auto command = parse_mail(c.argument, 50'000'000);
    CHECK((command ? 250 : command.error().code) == c.code);
}

TEST_CASE("what MAIL says is kept")
{
    const auto command
        = parse_mail("FROM:<a@b.example> SIZE=7 BODY=8bitmime SMTPUTF8 ret=hdrs ENVID=e", 100);
    REQUIRE(command);
    CHECK(mail::to_string(command->sender) == "a@b.example");
    CHECK(command->parameters.size == 7);
    CHECK(command->parameters.is_8bit);
    CHECK(command->parameters.is_smtputf8);
    CHECK(command->parameters.ret == "HDRS");
    CHECK(command->parameters.envid == "e");
}

TEST_CASE("RCPT knows its parameters and the bare postmaster")
{
    struct Case {
        std::string_view argument;
        int code;
    };
    const auto c = GENERATE(values<Case>({
        {"TO:<a@b.example>", 250},
        {"TO:<Postmaster>", 250},
        {"TO:<>", 501},
        {"TO:<a@b.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a@b", 250},
        {"TO:<a@b.example> NOTIFY=NEVER", 250},
        {"TO:<a@b.example> NOTIFY=NEVER,DELAY", 501},
        {"TO:<a@b.example> NOTIFY=SUCCESS,", 501},
        {"TO:<a@b.example> NOTIFY=", 501},
        {"TO:<a@b.example> ORCPT=;x", 501},
        {"TO:<a@b.example> SIZE=1", 555},
        {"FROM:<a@b.example>", 501},
    }));
    INFO(c.argument);
    const auto command = parse_rcpt(c.argument, false);
    CHECK((command ? 250 : command.error().code) == c.code);
    if (command && c.argument == "TO:<Postmaster>")
        CHECK_FALSE(command->address);
}

TEST_CASE("BDAT wants a number and perhaps LAST")
{
    CHECK(parse_bdat("0 LAST")->is_last);
    CHECK(parse_bdat("86 last")->size == 86);
    CHECK_FALSE(parse_bdat("86")->is_last);
    for (const auto* bad : {"", "x", "-1", "1 LAST x", "1 FIRST", "99999999999999999999", "1x"})
        CHECK_FALSE(parse_bdat(bad));
}

TEST_CASE("XCLIENT attributes are xtext; what is unavailable stays empty")
{
    const auto command = parse_xclient("ADDR=192.0.2.1 NAME=[UNAVAILABLE] HELO=a+2Eb PORT=25");
    REQUIRE(command);
    CHECK(command->address == mail::Ip::parse("192.0.2.1"));
    CHECK(command->name.empty());
    CHECK(command->helo == "a.b");
    CHECK(command->port == 25);
    CHECK(parse_xclient("ADDR=IPV6:2001:db8::1")->address == mail::Ip::parse("2001:db8::1"));
    CHECK_FALSE(parse_xclient("ADDR=nonsense"));
    CHECK_FALSE(parse_xclient(""));
}

TEST_CASE("a hello is one printable word")
{
    CHECK(is_acceptable_hello("mail.example"));
    CHECK(is_acceptable_hello("[192.0.2.1]"));
    CHECK_FALSE(is_acceptable_hello(""));
    CHECK_FALSE(is_acceptable_hello("a b"));
    CHECK_FALSE(is_acceptable_hello("a\x01"));
    CHECK_FALSE(is_acceptable_hello(std::string(256, 'a')));
}
