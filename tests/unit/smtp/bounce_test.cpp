// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/bounce.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

namespace {
/// Gives the gateway one mail that its internal server cannot take now; `stored` is what waits.
net::awaitable<void> send_one(test::GatewayUnderTest& gateway, std::vector<storage::Row>& stored)
{
    auto stream = gateway.connect("192.0.2.1");
    for (const std::string line :
         {"", "HELO client", "MAIL FROM:<forged@far.example>", "RCPT TO:<bob@example.test>", "DATA",
          "Subject: x\r\n\r\nbody\r\n."}) {
        if (!line.empty())
            stream.queue(line + "\r\n");
        co_await stream.flush();
        const std::string reply{(co_await stream.read_line(4096)).text};
        INFO(line << ": " << reply);
        CHECK((reply.front() == '2' || reply.front() == '3'));
    }
    stored = co_await gateway.storage.store->list({});
    gateway.loop.stop();
}

storage::Row row_from(mail::Direction direction, std::string_view sender, std::string notify)
{
    storage::Row row;
    row.id = {mail::MailId{77}, 2};
    row.direction = direction;
    if (!sender.empty())
        row.sender = mail::Mailbox::parse(sender).value();
    row.notify = std::move(notify);
    row.address = "bob@far.example";
    row.last_reply = "mx.far.example:25: 550 5.1.1 no such user";
    return row;
}
}

TEST_CASE("only the organisation's own sender is told of a failure, and only if it wants to be")
{
    using mail::Direction;
    const auto [direction, sender, notify, may]
        = GENERATE(table<Direction, std::string, std::string, bool>({
            {Direction::outbound, "ann@example.test", "", true},
            {Direction::outbound, "ann@example.test", "FAILURE", true},
            {Direction::outbound, "ann@example.test", "SUCCESS,FAILURE", true},
            {Direction::outbound, "ann@example.test", "failure", true},
            {Direction::outbound, "ann@example.test", "delay,Failure", true},
            {Direction::outbound, "ann@example.test", "NEVER", false},
            {Direction::outbound, "ann@example.test", "never", false},
            {Direction::outbound, "ann@example.test", "SUCCESS", false},
            {Direction::outbound, "", "", false},
            {Direction::inbound, "ann@example.test", "", false},
            {Direction::inbound, "ann@example.test", "FAILURE", false},
        }));
    INFO(sender << " " << notify);
    CHECK(smtp::may_bounce(row_from(direction, sender, notify)) == may);
}

TEST_CASE("a bounce is an RFC 3464 report from nobody to the sender")
{
    auto row = row_from(mail::Direction::outbound, "ann@example.test", "");
    row.parameters.envid = "QQ+2B";
    row.orcpt = "rfc822;bob@far.example";
    const auto original
        = mail::Message::from_text("Subject: Lunch\r\n.dot: kept\r\n\r\nsecret\r\n");
    const auto now = std::chrono::system_clock::time_point{std::chrono::hours{500'000}};
    const mail::Mail bounce = smtp::make_bounce({&row, 1}, original.header_block(),
                                                "mx.example.test", mail::MailId{99}, now);

    CHECK_FALSE(bounce.sender);
    CHECK(bounce.id == mail::MailId{99});
    CHECK(bounce.direction == mail::Direction::inbound);
    REQUIRE(bounce.recipients.size() == 1);
    CHECK(bounce.recipients[0].address.to_string() == "ann@example.test");
    const auto& header = bounce.message.header();
    CHECK(header.malformed_lines() == 0);
    CHECK(header.decoded("To") == "<ann@example.test>");
    CHECK(header.decoded("Auto-Submitted") == "auto-replied");
    CHECK(header.find("Message-ID"));
    CHECK(header.find("Date"));
    const auto type = header.decoded("Content-Type");
    CHECK(type.starts_with("multipart/report; report-type=delivery-status;"));
    const auto quote = type.find('"');
    const auto boundary = "\r\n--" + type.substr(quote + 1, type.size() - quote - 2);

    const auto text = "\r\n" + bounce.message.body(1 << 20);
    std::vector<std::string> parts;
    for (auto at = text.find(boundary); at != std::string::npos;) {
        const auto next = text.find(boundary, at + 1);
        parts.push_back(text.substr(at + boundary.size(), next - at - boundary.size()));
        at = next;
    }
    REQUIRE(parts.size() == 4);
    CHECK(parts[0].starts_with("\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"));
    CHECK(parts[1].starts_with("\r\nContent-Type: message/delivery-status\r\n\r\n"
                               "Reporting-MTA: dns; mx.example.test\r\n"));
    for (const auto* line :
         {"\r\nOriginal-Envelope-Id: QQ+2B\r\n",
          "\r\nOriginal-Recipient: rfc822;bob@far.example\r\n", "\r\n\r\nOriginal-Recipient",
          "\r\nFinal-Recipient: rfc822; bob@far.example\r\n", "\r\nAction: failed\r\n",
          "\r\nStatus: 5.1.1\r\n",
          "\r\nDiagnostic-Code: smtp; mx.far.example:25: 550 5.1.1 no such user\r\n"}) {
        INFO(line);
        CHECK(parts[1].find(line) != std::string::npos);
    }
    CHECK(parts[2].starts_with("\r\nContent-Type: text/rfc822-headers\r\n\r\n"));
    CHECK(parts[2].find("Subject: Lunch\r\n.dot: kept\r\n") != std::string::npos);
    CHECK(parts[2].find("secret") == std::string::npos);
    CHECK(parts[3] == "--\r\n");
}

TEST_CASE("a bounce is never answered by a bounce")
{
    auto row = row_from(mail::Direction::outbound, "ann@example.test", "");
    const mail::Mail bounce
        = smtp::make_bounce({&row, 1}, "A: b\r\n", "mx.example.test", mail::MailId{99}, {});
    row.direction = bounce.direction;
    row.sender = bounce.sender;
    CHECK_FALSE(smtp::may_bounce(row));
}

TEST_CASE("a sender is told of a failure only where an outbound listener took the mail")
{
    using mail::Direction;
    const auto role = GENERATE(Direction::inbound, Direction::outbound);
    auto listener = test::named("mx");
    listener.role = role;
    // The client is one of the organisation's own at both.
    listener.inside = listener.clients = {mail::Network::parse("192.0.2.0/24").value()};
    test::GatewayUnderTest gateway{{.listener = listener, .next_hop_port = 1}};
    std::vector<storage::Row> stored;
    gateway.loop.spawn("client", send_one(gateway, stored));
    gateway.loop.run();
    REQUIRE(stored.size() == 1);
    CHECK(smtp::may_bounce(stored.front()) == (role == Direction::outbound));
}

TEST_CASE("a bounce for several recipients has a group for each, and names the first to people")
{
    std::vector<storage::Row> rows(60, row_from(mail::Direction::outbound, "ann@example.test", ""));
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i].address = "user" + std::to_string(i) + "@far.example";
    rows[1].last_reply = "mx.far.example:25: 552 5.2.2 full";
    rows[2].orcpt = "rfc822;other@example.test";
    const auto bounce
        = smtp::make_bounce(rows, "Subject: Lunch\r\n", "mx.example.test", mail::MailId{99}, {});
    CHECK(bounce.recipients.size() == 1);
    CHECK(bounce.message.header().decoded("Subject") == "Undelivered mail: 60 recipients");
    const auto text = bounce.message.body(1 << 20);
    CHECK(text.contains("\r\n  <user49@far.example>: mx.far.example:25: 550 5.1.1 no such user\r\n"
                        "and 10 more, all of which the report below names.\r\n"));
    CHECK(text.contains("\r\n\r\nFinal-Recipient: rfc822; user1@far.example\r\nAction: failed\r\n"
                        "Status: 5.2.2\r\n"
                        "Diagnostic-Code: smtp; mx.far.example:25: 552 5.2.2 full\r\n\r\n"
                        "Original-Recipient: rfc822;other@example.test\r\n"
                        "Final-Recipient: rfc822; user2@far.example\r\n"));
    std::size_t groups = 0;
    for (auto at = text.find("Final-Recipient:"); at != text.npos;
         at = text.find("Final-Recipient:", at + 1))
        ++groups;
    CHECK(groups == 60);
}

TEST_CASE("a bounce names a thousand recipients, or as many as fit into a mebibyte")
{
    std::vector<storage::Row> rows(1001, row_from(mail::Direction::outbound, "a@example.test", ""));
    CHECK(smtp::named_in_one_bounce(rows) == 1000);
    CHECK(smtp::named_in_one_bounce(std::span{rows}.first(7)) == 7);
    for (auto& row : rows)
        row.last_reply = std::string(4096, 'x');
    const auto count = smtp::named_in_one_bounce(rows);
    CHECK(count > 200);
    CHECK(count <= 256);
    rows.front().last_reply = std::string(2 << 20, 'x');
    CHECK(smtp::named_in_one_bounce(rows) == 1);
}
