// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

using namespace filters;
using namespace filters::test;

namespace {
/// Mail of an outbound listener, by an account where one is named.
struct Outgoing : World {
    using World::World;
    Names found(std::string_view envelope, std::string_view header, std::string account = {})
    {
        mail.direction = mail::Direction::outbound;
        mail.sender = envelope.empty() ? mail::ReversePath{} : mailbox(envelope);
        mail.message = mail::Message::from_text(std::string{header} + "\r\n\r\nbody\r\n");
        mail.findings.clear();
        if (!account.empty())
            mail.findings.push_back({.name = "auth.account", .detail = account});
        auto all = std::get<Findings>(layer->inspect_sender(mail));
        auto of_message = std::get<Findings>(layer->inspect_message(mail));
        for (auto& finding : of_message)
            all.push_back(std::move(finding));
        CHECK(all_declared(all, "sender"));
        return names(all);
    }
};
}

TEST_CASE("sender: what leaves bears addresses of ours, in the envelope and in the text")
{
    Outgoing world{"sender"};
    CHECK(world.found("ann@b.example", "From: Ann <ann@b.example>").empty());
    CHECK(world.found("", "From: MAILER-DAEMON@b.example").empty());
    CHECK(world.found("ann@bank.example", "From: ann@b.example")
          == Names{"sender.foreign_envelope"});
    CHECK(world.found("ann@b.example", "From: Bank <info@bank.example>")
          == Names{"sender.foreign_from"});
    CHECK(world.found("ann@b.example", "From: ann@b.example, info@bank.example")
          == Names{"sender.foreign_from"});
    CHECK(world.found("ann@b.example", "Sender: x@bank.example\r\nFrom: ann@b.example")
          == Names{"sender.foreign_from"});
    CHECK(world.found("ann@b.example", "Subject: no author").empty());
}

TEST_CASE("sender: mail that comes in is none of its business")
{
    World world{"sender"};
    world.mail.message = mail::Message::from_text("From: x@bank.example\r\n\r\n");
    CHECK(std::get<Findings>(world.layer->inspect_sender(world.mail)).empty());
    CHECK(std::get<Findings>(world.layer->inspect_message(world.mail)).empty());
}

TEST_CASE("sender: an account uses its own addresses, whichever way it is known")
{
    const Folder folder;
    const auto file = folder.path + "/rights";
    folder.write("rights", "ann ann@b.example office@b.example\nbob@b.example bob@b.example\n");
    Outgoing world{"sender", "rights: " + file + "\naccount_header: X-Account"};
    CHECK(world.found("ann@b.example", "From: office@b.example", "ann").empty());
    CHECK(world.found("ann@b.example", "From: bob@b.example", "ann") == Names{"sender.not_yours"});
    CHECK(world.found("bob@b.example", "From: ann@b.example", "ann") == Names{"sender.not_yours"});
    CHECK(world.found("ann@b.example", "X-Account: ann\r\nFrom: bob@b.example")
          == Names{"sender.not_yours"});
    CHECK(world.found("bob@b.example", "From: bob@b.example").empty());
    CHECK(world.found("bob@b.example", "From: ann@b.example") == Names{"sender.not_yours"});
    CHECK(world.found("eve@b.example", "From: ann@b.example").empty());
    world.make("sender", "rights: " + file + "\nmust_be_listed: true");
    CHECK(world.found("eve@b.example", "From: eve@b.example") == Names{"sender.unlisted"});
}

TEST_CASE("sender: a file of rights that cannot be read is complained of with its line")
{
    const Folder folder;
    const auto file = folder.path + "/rights";
    folder.write("rights", "ann ann@b.example\nbob nonsense\n");
    World world;
    world.make("sender", "rights: " + file);
    CHECK(world.said().find("rights:2") != std::string::npos);
    World missing;
    missing.make("sender", "rights: " + file + ".none");
    CHECK_FALSE(missing.said().empty());
}
