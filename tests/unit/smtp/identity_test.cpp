// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/identity.hpp"

#include <catch2/catch.hpp>

namespace {
mail::Mailbox mailbox(std::string_view text) { return *mail::Mailbox::parse(text); }

struct Outgoing {
    Outgoing()
    {
        smtp::DomainSettings domain{*mail::Domain::parse("b.example"), {}, {}};
        settings.domains.emplace("b.example", std::move(domain));
        settings.account.header = "X-Account";
        settings.account.header_from = {*mail::Network::parse("10.1.0.0/16")};
        mail.direction = mail::Direction::outbound;
        mail.client.ip = *mail::Ip::parse("10.1.2.3");
        mail.sender = mailbox("Ann@b.example");
        mail.message = mail::Message::from_text("X-Account: smith\r\nFrom: x@b.example\r\n\r\n");
    }
    std::string account() const
    {
        const auto found = smtp::account_of(mail, settings);
        return found ? found->detail : "";
    }
    std::string owner_of(std::string_view recipient)
    {
        mail.recipients.clear();
        mail.recipients.push_back({.address = mailbox(recipient)});
        smtp::own_outgoing(mail, settings);
        return mail.recipients.front().owner().to_string();
    }
    std::string domain_to(std::string_view recipient)
    {
        owner_of(recipient);
        return mail.sending_domain;
    }
    smtp::Settings settings;
    mail::Mail mail;
};
}

TEST_CASE("the account is what a listed server writes, and nobody else's word")
{
    Outgoing out;
    CHECK(out.account() == "smith");
    out.mail.client.ip = *mail::Ip::parse("10.2.0.1");
    CHECK(out.account() == "ann@b.example");
    out.settings.account.is_envelope = false;
    CHECK(out.account().empty());
}

TEST_CASE("a field that stands there twice blames nobody whom the mail could name itself")
{
    Outgoing out;
    out.mail.message = mail::Message::from_text("X-Account: a\r\nX-Account: b\r\n\r\n");
    CHECK(out.account() == "several names from 10.1.2.3");
}

TEST_CASE("one account has one name, however it is written")
{
    Outgoing out;
    out.mail.message = mail::Message::from_text("X-Account: Smith\r\n\r\n");
    CHECK(out.account() == "smith");
    out.settings.account.header.clear();
    out.settings.domains.at("b.example").detail = "+";
    out.mail.sender = mailbox("Ann+42@b.example");
    CHECK(out.account() == "ann@b.example");
}

TEST_CASE("a field that is no name says nothing")
{
    Outgoing out;
    out.settings.account.is_envelope = false;
    out.mail.message = mail::Message::from_text("X-Account: two words\r\n\r\n");
    CHECK(out.account().empty());
    out.mail.message = mail::Message::from_text("X-Account: \r\n\r\n");
    CHECK(out.account().empty());
}

TEST_CASE("an envelope sender of others is no account, and who signed in needs none")
{
    Outgoing out;
    out.settings.account.header.clear();
    CHECK(out.account() == "ann@b.example");
    out.mail.sender = mailbox("ann@far.example");
    CHECK(out.account().empty());
    out.mail.sender = mailbox("ann@b.example");
    out.mail.findings.push_back({.name = "auth.account", .detail = "bob"});
    CHECK(out.account().empty());
    out.mail.findings.clear();
    out.mail.direction = mail::Direction::inbound;
    CHECK(out.account().empty());
}

TEST_CASE("outgoing mail belongs to whoever sends it, and to who forwards it for somebody outside")
{
    Outgoing out;
    CHECK(out.owner_of("far@far.example") == "Ann@b.example");
    CHECK(out.owner_of("bob@b.example") == "bob@b.example");
    out.mail.findings.push_back({.name = "auth.account", .detail = "smith"});
    CHECK(out.owner_of("far@far.example") == "Ann@b.example");
    out.mail.findings.push_back({.name = "forward.spam", .detail = "bob@b.example"});
    CHECK(out.owner_of("far@far.example") == "Ann@b.example"); // bob would read what she writes
    out.mail.findings.front().detail = "eve@b.example";
    CHECK(out.owner_of("far@far.example") == "eve@b.example");
    out.mail.findings.front().detail = "smith";
    for (const auto* sender : {"x@far.example", "SRS0=ab=cd=far.example=x@b.example"}) {
        out.mail.sender = mailbox(sender);
        CHECK(out.owner_of("far@far.example") == "bob@b.example");
    }
    out.mail.sender = {};
    CHECK(out.owner_of("far@far.example") == "bob@b.example");
    out.mail.findings.clear();
    out.mail.sender = mailbox("x@far.example");
    CHECK(out.owner_of("far@far.example") == "far@far.example");
}

TEST_CASE("the sending domain is ours that sends, whoever is to have the mail")
{
    Outgoing out;
    CHECK(out.domain_to("far@far.example") == "b.example");
    CHECK(out.domain_to("bob@b.example") == "b.example");
    out.mail.sender = mailbox("x@far.example");
    CHECK(out.domain_to("far@far.example").empty());
    out.mail.findings.push_back({.name = "auth.account", .detail = "smith@b.example"});
    CHECK(out.domain_to("far@far.example") == "b.example");
    out.mail.findings.clear();
    out.mail.sender = std::nullopt;
    CHECK(out.domain_to("far@far.example").empty());
    Outgoing in;
    in.mail.direction = mail::Direction::inbound;
    CHECK(in.domain_to("far@far.example").empty());
}
