// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/stamping.hpp"

#include <catch2/catch.hpp>

namespace {
mail::Mail mail_of(std::string_view text)
{
    mail::Mail mail;
    mail.id = mail::MailId{77};
    mail.client.helo = "client.example";
    mail.client.ip = mail::Ip::parse("192.0.2.1").value();
    mail.message = mail::Message::from_text(text);
    return mail;
}

/// Everything but the Received field, which mail/trace makes.
std::string stamped(const mail::Mail& mail, const mail::Verdict& verdict,
                    std::string_view account_field = {})
{
    const auto stamp
        = smtp::make_stamp(mail, verdict, "[S_P_A_M] ", "mx.example.test", account_field);
    mail::Rendering rendering{mail.message, stamp, mail::Dots::plain};
    std::array<std::string_view, 64> pieces;
    std::string text;
    while (const auto count = rendering.next(pieces))
        for (std::size_t i = 0; i < count; ++i)
            text += pieces[i];
    REQUIRE(text.starts_with("Received: "));
    return text.substr(text.find("X-Mailweir-Verdict:"));
}

const std::string forged = "X-Spam-Flag: YES\r\nSubject: hi\r\nX-Spam-Status: Yes,\r\n score=99\r\n"
                           "X-Mailweir-Verdict: deliver\r\nTo: bob\r\n\r\nX-Spam-Flag: body\r\n";
}

TEST_CASE("forged verdict fields go, the body stays")
{
    CHECK(stamped(mail_of(forged), {.score = 0.4})
          == "X-Mailweir-Verdict: deliver score=0.4 id=" + mail::MailId{77}.to_string()
              + "\r\nX-Spam-Flag: NO\r\nX-Spam-Status: No, score=0.4\r\n"
                "Subject: hi\r\nTo: bob\r\n\r\nX-Spam-Flag: body\r\n");
}

TEST_CASE("the field that names the account goes no further, whoever wrote it")
{
    const auto text
        = "X-Account: ben@b.example\r\nTo: bob\r\nx-account: eve\r\n\r\nX-Account: z\r\n";
    auto mail = mail_of(text);
    CHECK(stamped(mail, {}, "X-Account").ends_with("\r\nTo: bob\r\n\r\nX-Account: z\r\n"));
    CHECK(stamped(mail, {}, "X-Account").find("b.example\r\n") == std::string::npos);
    CHECK(stamped(mail, {}).ends_with(text));
    mail.findings.push_back({.name = "upstream.spam"});
    mail.direction = mail::Direction::outbound;
    CHECK(stamped(mail, {}, "X-Account").find("eve") == std::string::npos);
}

TEST_CASE("the verdict fields of a listed upstream stay")
{
    auto mail = mail_of(forged);
    mail.findings.push_back({.name = "upstream.spam"});
    CHECK(stamped(mail, {}).ends_with(forged));
}

TEST_CASE("a tag takes the place of the Subject")
{
    const mail::Verdict tag{.action = mail::Action::tag, .score = 7.2};
    const auto [before, after] = GENERATE(table<std::string, std::string>({
        {"Subject: hi\r\nTo: b\r\n\r\n", "Subject: [S_P_A_M] hi\r\nTo: b\r\n\r\n"},
        {"To: b\r\nsubject: one\r\nSubject: two\r\n\r\n",
         "Subject: [S_P_A_M] one\r\nTo: b\r\n\r\n"},
        {"To: b\r\n\r\nSubject: body\r\n", "Subject: [S_P_A_M]\r\nTo: b\r\n\r\nSubject: body\r\n"},
    }));
    const auto text = stamped(mail_of(before), tag);
    INFO(text);
    CHECK(text.find("X-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=7.2\r\n"
                    "X-Spam-Level: *******\r\n")
          != std::string::npos);
    CHECK(text.ends_with(after));
}

TEST_CASE("the same verdict stamps the same, so that one transaction can serve all recipients")
{
    const auto mail = mail_of(forged);
    const auto one = smtp::make_stamp(mail, {.rule = "a", .score = 2}, "x", "mx.example.test");
    CHECK(one == smtp::make_stamp(mail, {.rule = "b", .score = 2}, "y", "mx.example.test"));
    CHECK_FALSE(one == smtp::make_stamp(mail, {.score = 3}, "x", "mx.example.test"));
}

TEST_CASE("what is known of the sender stands on top, and nobody else says it in our name")
{
    auto mail
        = mail_of("Authentication-Results: mx.example.test; dkim=pass header.d=bank.example\r\n"
                  "authentication-results: (x) \"MX.example.test\"\r\n 1; spf=pass\r\n"
                  "Authentication-Results: other.example; dkim=pass\r\n"
                  "ARC-Authentication-Results: i=1; mx.example.test; spf=pass\r\n\r\nbody\r\n");
    CHECK(stamped(mail, {}).ends_with("Authentication-Results: other.example; dkim=pass\r\n"
                                      "ARC-Authentication-Results: i=1; mx.example.test; spf=pass"
                                      "\r\n\r\nbody\r\n"));
    CHECK(stamped(mail, {}).find("bank.example") == std::string::npos);

    mail.findings.push_back({.name = "spf.pass", .detail = "a.example"});
    mail.findings.push_back(
        {.name = "dkim.fail",
         .detail = "a.example",
         .evidence = "dkim=fail reason=\"it is\" header.d=a.example header.b=\"ab/d\""});
    mail.findings.push_back({.name = "dmarc.reject", .detail = "a.example"});
    mail.findings.push_back({.name = "helo.localhost"});
    mail.sender = mail::Mailbox::parse("\"x; y\"@a.example").value();
    const auto stamp = smtp::make_stamp(mail, {}, "", "mx.example.test");
    CHECK(stamp.lines.starts_with("Authentication-Results: mx.example.test;\r\n"
                                  "\tspf=pass smtp.mailfrom=\"\\\"x; y\\\"@a.example\";\r\n"
                                  "\tdkim=fail reason=\"it is\" header.d=a.example"
                                  " header.b=\"ab/d\"\r\nReceived: "));
}

TEST_CASE("a delivered message is read as it was received")
{
    filters::PolicySet policies;
    policies.domains["b.example"].tag_subject = "[迷惑メール] ";
    const std::string behind = "Return-Path: <a@a.example>\r\nReceived: by box; later\r\n";
    const mail::Verdict tagged{.action = mail::Action::tag, .score = 7.2};
    const std::string plain = "To: b\r\n\r\nX-Mailweir-Verdict: body\r\n";
    CHECK(smtp::as_received(plain, policies) == plain);
    CHECK(smtp::as_received("", policies).empty());
    CHECK(smtp::as_received(behind + stamped(mail_of(plain), {}), policies) == plain);
    const auto mail = mail_of("Subject: hi there\r\n" + plain);
    CHECK(smtp::as_received(behind + stamped(mail, tagged), policies)
          == "Subject: hi there\r\n" + plain);
    for (const std::string_view tag : {"[迷惑メール] ", "[S_P_A_M] "}) {
        const auto stamp = smtp::make_stamp(mail, tagged, tag, "mx.example.test");
        CHECK(smtp::as_received(behind + stamp.lines + plain, policies)
              == "Subject: hi there\r\n" + plain);
    }
}

TEST_CASE(
    "an author who may not be that becomes the account, and answers go where they were meant to")
{
    auto mail = mail_of("From: \"Smith, Ann\" <ann@web.example>\r\nSender: x@web.example\r\n"
                        "Resent-From: <x@web.example>\r\nTo: bob\r\n\r\n");
    mail.direction = mail::Direction::outbound;
    mail.findings.push_back({.name = "sender.rewritten", .detail = "ann@b.example"});
    auto text = stamped(mail, {});
    CHECK(text.find("\r\nFrom: \"Smith, Ann\"\r\n <ann@b.example>\r\n"
                    "Reply-To: \"Smith, Ann\" <ann@web.example>\r\n")
          != std::string::npos);
    CHECK(text.find("Sender:") == std::string::npos);
    CHECK(text.find("Resent-From:") == std::string::npos);
    CHECK(text.find("\r\nTo: bob\r\n") != std::string::npos);
    auto with_reply_to = mail_of("Reply-To: team@b.example\r\nFrom: ann@web.example\r\n\r\n");
    with_reply_to.direction = mail::Direction::outbound;
    with_reply_to.findings = mail.findings;
    text = stamped(with_reply_to, {});
    CHECK(text.find("\r\nFrom: <ann@b.example>\r\nReply-To: team@b.example\r\n")
          != std::string::npos);
}
