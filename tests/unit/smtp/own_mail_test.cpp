// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/own_mail.hpp"

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
