// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/signing.hpp"

#include "filters/auth/signers.hpp"
#include "gateway/mail/account.hpp"

#include <catch2/catch.hpp>

namespace {
mail::Stamp stamp_without(const mail::Message& message, std::string_view name, std::string lines)
{
    mail::Stamp stamp{.lines = std::move(lines), .left_out = {}};
    for (const auto& field : message.header().fields())
        if (field.is(name))
            mail::leave_out(stamp, field);
    return stamp;
}

/// A gateway that seals with a key of example.org and signs for example.org.
smtp::Snapshot snapshot()
{
    using filters::auth::Signers;
    const auto key = filters::auth::PrivateKey::generate(filters::auth::KeyType::ed25519);
    const auto domain = mail::Domain::parse("example.org").value();
    Signers signers;
    signers.domains.push_back({domain, {{"s", key}}});
    signers.sealer = Signers::Sealer{domain, {"s", key}};
    smtp::Snapshot result;
    result.signers = std::make_shared<const Signers>(std::move(signers));
    return result;
}
}

TEST_CASE("what is signed is the header as the stamp leaves it")
{
    const auto dots = GENERATE(mail::Dots::plain, mail::Dots::stuffed);
    const auto message = mail::Message::from_text(
        "From: a\r\nSubject: one\r\n two\r\nnot a field\r\nTo: b\r\n\r\nbody\r\n", dots);
    const auto stamp = stamp_without(message, "subject", "Subject: tagged\r\n");
    CHECK(smtp::stamped_header(message, stamp).text()
          == "Subject: tagged\r\nFrom: a\r\nTo: b\r\n\r\n");
}

TEST_CASE("who signs or seals depends on the way a mail takes")
{
    using mail::Direction;
    const auto gate = snapshot();
    const auto [direction, is_inside, text, expected]
        = GENERATE(table<Direction, bool, std::string, bool>({
            {Direction::outbound, true, "From: a@example.org\r\n\r\n", true},
            {Direction::outbound, true, "From: a@far.example\r\n\r\n", false},
            {Direction::outbound, true, "From: a@far.example\r\nARC-Seal: i=1\r\n\r\n", true},
            {Direction::outbound, true, "Subject: x\r\n\r\n", false},
            {Direction::inbound, false, "From: a@far.example\r\n\r\n", true},
            {Direction::inbound, false, "From: a@example.org\r\n\r\n", true},
            {Direction::inbound, true, "From: a@example.org\r\n\r\n", false},
            {Direction::outbound, true,
             "From: a@example.org\r\nX: " + std::string(300'000, 'x') + "\r\n\r\n", false},
        }));
    mail::Mail mail;
    mail.direction = direction;
    mail.client.is_inside = is_inside;
    mail.message = mail::Message::from_text(text);
    INFO(text.substr(0, 80));
    CHECK(smtp::is_signed(gate, mail) == expected);
    CHECK_FALSE(smtp::is_signed(smtp::Snapshot{}, mail));
}

TEST_CASE("what came from outside in our name is not signed when it goes out again")
{
    const auto gate = snapshot();
    mail::Mail mail;
    mail.direction = mail::Direction::outbound;
    mail.message = mail::Message::from_text("From: a@example.org\r\n\r\n");
    mail.findings.push_back({.name = "forward.known", .detail = "bob@example.org"});
    CHECK_FALSE(smtp::is_signed(gate, mail));
    mail.findings.push_back({.name = "sender.rewritten", .detail = "bob@example.org"});
    CHECK(smtp::is_signed(gate, mail));
}

TEST_CASE("what goes out under a sender elsewhere is signed only where it is known who sends")
{
    auto gate = snapshot();
    gate.settings.domains["example.org"];
    mail::Mail mail;
    mail.direction = mail::Direction::outbound;
    mail.message = mail::Message::from_text("From: a@example.org\r\n\r\n");
    mail.sender = mail::Mailbox::parse("stranger@far.example").value();
    CHECK_FALSE(smtp::is_signed(gate, mail));
    mail.findings.push_back({.name = mail::account_fact, .detail = "ann"});
    CHECK(smtp::is_signed(gate, mail));
    mail.findings.clear();
    mail.sender = mail::Mailbox::parse("a@example.org").value();
    CHECK(smtp::is_signed(gate, mail));
}
