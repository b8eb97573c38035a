// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/own_mail.hpp"

#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/conditions.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using test::GatewayUnderTest;

namespace {
smtp::OwnMail own_mail(std::string to = "bob@example.test")
{
    return {.to = mail::Mailbox::parse(to).value(),
            .subject = "Mailweir: 転送先 mail1:25 に届きません\r\nBcc: eve@example.test",
            .text = "one\n.\ntwo\n",
            .html = "<p>one</p>\n",
            .kind = "alert",
            .headers = {"List-Id: <alerts>", "X-Evil: a\r\nBcc: eve@example.test", "no field"}};
}

mail::Mail composed(const smtp::OwnMail& own)
{
    return smtp::compose_own(own, "mx.example.test", mail::MailId{}, {});
}
}

TEST_CASE("the gateway's own mail is seven-bit, automatic and from nobody")
{
    const auto mail = composed(own_mail());
    const auto text = mail.message.text();
    CHECK_FALSE(mail.sender);
    CHECK(std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) > 0; }));
    CHECK(mail.message.header().decoded("From") == "Mailweir <mailweir@mx.example.test>");
    CHECK(mail.message.header().decoded("Auto-Submitted") == "auto-generated");
    CHECK(mail.message.header().decoded("To") == "<bob@example.test>");
    CHECK(text.contains("b25lDQouDQp0d28NCg==\r\n")); // "one", ".", "two", by CRLF
    CHECK(text.contains("Content-Type: text/html; charset=utf-8\r\n"));
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find("\r\n", at);
        REQUIRE(end != text.npos);
        CHECK(end - at <= 100);
        at = end + 2;
    }
}

TEST_CASE("nothing in the gateway's own mail can add a header field")
{
    const auto mail = composed(own_mail());
    const auto& header = mail.message.header();
    CHECK(header.find("Bcc") == nullptr);
    CHECK(header.find("X-Evil") == nullptr);
    CHECK(header.malformed_lines() == 0);
    CHECK(header.decoded("List-Id") == "<alerts>");
}

TEST_CASE("the gateway's own mail without HTML is one part")
{
    auto own = own_mail();
    own.html.clear();
    CHECK(composed(own).message.header().decoded("Content-Type") == "text/plain; charset=utf-8");
}

TEST_CASE("the gateway's own mail waits in the queue, or there is a reason why not")
{
    GatewayUnderTest gateway{{}};
    std::expected<mail::MailId, std::string> sent = std::unexpected{"not run"}, lost = sent;
    std::vector<storage::Row> rows;
    const auto both = [&]() -> net::awaitable<void> {
        sent = co_await smtp::submit_own(gateway.context, own_mail());
        lost = co_await smtp::submit_own(gateway.context, own_mail("ops@elsewhere.test"));
        rows = co_await gateway.storage.store->list({});
        gateway.loop.stop();
    };
    gateway.loop.spawn("own mail", both());
    gateway.loop.run();
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().address == "bob@example.test");
    CHECK(rows.front().state == storage::RowState::waiting);
    REQUIRE(sent);
    CHECK(rows.front().id.mail == *sent);
    REQUIRE_FALSE(lost);
    CHECK(lost.error() == "no route to elsewhere.test is configured");
}

namespace {
/// Commits a mail and lets the internal server refuse it for good.
net::awaitable<void> refuse(GatewayUnderTest& gateway, mail::Mail mail)
{
    auto& store = *gateway.storage.store;
    const auto now = gateway.env.wall_now();
    std::vector<storage::NewRow> rows;
    rows.push_back({.address = mail.recipients.front().address, .next_attempt = now});
    CHECK(co_await store.commit(mail, std::move(rows), {}) == storage::Commit::done);
    const auto due = co_await store.due(now, 10);
    smtp::Outcome outcome;
    outcome.stage = smtp::Outcome::Stage::rcpt;
    outcome.reply = {550, "5.1.1", "no such user"};
    co_await smtp::record_outcome(gateway.context, gateway.context.snapshot(), due, mail.message,
                                  outcome, {});
    gateway.loop.stop();
}
}

TEST_CASE("mail that is held for a person is told, but not an alert that is refused")
{
    GatewayUnderTest gateway{{}};
    (void)smtp::Conditions::here().take_events();
    const auto now = gateway.env.wall_now();
    auto own = smtp::compose_own(own_mail(), "mx.example.test", gateway.ids.next(now), now);
    gateway.loop.spawn("own", refuse(gateway, std::move(own)));
    gateway.loop.run();
    CHECK(smtp::Conditions::here().take_events().empty());
    mail::Mail mail;
    mail.id = gateway.ids.next(now);
    mail.received_at = now;
    mail.client.ip = mail::Ip::parse("192.0.2.1").value();
    mail.message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
    mail.recipients.push_back({.address = mail::Mailbox::parse("bob@example.test").value()});
    gateway.loop.spawn("mail", refuse(gateway, std::move(mail)));
    gateway.loop.run();
    const auto events = smtp::Conditions::here().take_events();
    REQUIRE(events.size() == 1);
    CHECK(events.front().kind->name == "delivery.held");
    CHECK(events.front().detail.contains("no such user"));
}
