// SPDX-License-Identifier: Apache-2.0
#include "filters/sender_directory.hpp"
#include "filters/sender_pairs.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

using namespace filters;
using namespace filters::test;

namespace {
/// Accounts that an organisation knows.
struct Accounts final : SenderDirectory {
    std::map<std::string, std::vector<std::string>> known;
    net::awaitable<std::optional<std::vector<std::string>>>
    addresses_of(std::string account) override
    {
        const auto found = known.find(account);
        if (found == known.end())
            co_return std::nullopt;
        co_return found->second;
    }
};

/// Mail of an outbound listener, by an account where one is named.
struct Outgoing : World {
    using World::World;
    Findings messages_found()
    {
        auto inspection = layer->inspect_message(mail);
        if (auto* at_hand = std::get_if<Findings>(&inspection))
            return std::move(*at_hand);
        net::Loop loop{env};
        Findings found;
        auto wait = [](awaitable<Findings> later, Findings& into) -> net::awaitable<void> {
            into = co_await std::move(later);
        };
        support::run(loop, wait(std::get<awaitable<Findings>>(std::move(inspection)), found));
        return found;
    }
    Names found(std::string_view envelope, std::string_view header, std::string account = {})
    {
        mail.direction = mail::Direction::outbound;
        mail.sender = envelope.empty() ? mail::ReversePath{} : mailbox(envelope);
        mail.message = mail::Message::from_text(std::string{header} + "\r\n\r\nbody\r\n");
        mail.findings.clear();
        if (!account.empty())
            mail.findings.push_back({.name = "auth.account", .detail = account});
        auto all = std::get<Findings>(layer->inspect_sender(mail));
        auto of_message = messages_found();
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
}

TEST_CASE("sender: an author who cannot be read is told of")
{
    Outgoing world{"sender"};
    const auto header = GENERATE(
        as<std::string>{}, "Subject: no author", "From:", "Sender: ann@b.example\r\nFrom: nobody",
        "From: ann@b.example\r\nFrom: ann@b.example", "From: \"x <ceo@bank.example>",
        "From: Bank ceo@bank.example",
        "From: =?utf-8?q?ceo=40bank.example?=", "From: Bank <=?utf-8?q?ceo=40bank.example?=>",
        "From: <ceo..x@bank.example>", "From: <ann@b.example> <ceo@bank.example>",
        "From: x <ceo@, ann@b.example");
    INFO(header);
    const auto found = world.found("ann@b.example", header);
    CHECK(std::ranges::find(found, "sender.unreadable_from") != found.end());
    CHECK(world.found("ann@b.example", "From: \"Ann, Smith\" <ann@b.example>, bob@b.example")
              .empty());
    world.make("sender", "rewrite: true");
    CHECK(world.found("ann@b.example", header, "ann@b.example") == Names{"sender.rewritten"});
}

TEST_CASE("sender: who sends a mail on is an author, too")
{
    Outgoing world{"sender"};
    CHECK(
        world.found("ann@b.example", "Resent-From: ann@b.example\r\nFrom: bob@b.example").empty());
    CHECK(world.found("ann@b.example", "From: ann@b.example\r\nResent-From: ceo@bank.example")
          == Names{"sender.foreign_from"});
    CHECK(world.found("ann@b.example", "From: ann@b.example\r\nResent-Sender: ceo@bank.example")
          == Names{"sender.foreign_from"});
}

TEST_CASE("sender: mail that comes in is none of its business")
{
    World world{"sender"};
    world.mail.message = mail::Message::from_text("From: x@bank.example\r\n\r\n");
    CHECK(std::get<Findings>(world.layer->inspect_sender(world.mail)).empty());
    CHECK(std::get<Findings>(world.layer->inspect_message(world.mail)).empty());
}

TEST_CASE("sender: an account uses its own addresses")
{
    const Folder folder;
    const auto file = folder.path + "/rights";
    folder.write("rights", "ann ann@b.example office@b.example\nbob@b.example bob@b.example\n");
    Outgoing world{"sender", "rights: " + file};
    CHECK(world.found("ann@b.example", "From: office@b.example", "ann").empty());
    CHECK(world.found("ann@b.example", "From: bob@b.example", "ann") == Names{"sender.not_yours"});
    CHECK(world.found("bob@b.example", "From: ann@b.example", "ann") == Names{"sender.not_yours"});
    CHECK(world.found("bob@b.example", "From: bob@b.example", "bob@b.example").empty());
    CHECK(world.found("bob@b.example", "From: ann@b.example", "bob@b.example")
          == Names{"sender.not_yours"});
    CHECK(world.found("eve@b.example", "From: ann@b.example", "eve").empty());
    CHECK(world.found("eve@b.example", "From: ann@b.example").empty());
    world.make("sender", "rights: " + file + "\nmust_be_listed: true");
    CHECK(world.found("eve@b.example", "From: eve@b.example", "eve") == Names{"sender.unlisted"});
}

TEST_CASE("sender: what a directory knows of an account is its own, and a file adds to it")
{
    Accounts accounts;
    accounts.known["ann"] = {"ann@b.example", "a.smith@b.example"};
    const Folder folder;
    folder.write("rights", "ann office@b.example\n");
    Outgoing world;
    SenderDirectory::keep(world.services, accounts);
    world.make("sender", "accounts: true\nrights: " + folder.path + "/rights");
    CHECK(world.found("ann@b.example", "From: a.smith@b.example", "ann").empty());
    CHECK(world.found("ann@b.example", "From: office@b.example", "ann").empty());
    CHECK(world.found("ann@b.example", "From: bob@b.example", "ann") == Names{"sender.not_yours"});
    CHECK(world.found("eve@b.example", "From: bob@b.example", "eve").empty());
    world.make("sender", "");
    CHECK(world.found("ann@b.example", "From: bob@b.example", "ann").empty());
}

TEST_CASE("sender: a foreign author becomes the account's own address, where that is known")
{
    Accounts accounts;
    accounts.known["ann"] = {"ann@b.example"};
    Outgoing world;
    SenderDirectory::keep(world.services, accounts);
    world.make("sender", "accounts: true\nrewrite: true");
    CHECK(world.found("ann@b.example", "From: ann@web.example", "ann")
          == Names{"sender.rewritten"});
    CHECK(world.messages_found().front().detail == "ann@b.example");
    CHECK(world.found("ann@web.example", "From: ann@web.example", "ann")
          == Names{"sender.foreign_envelope", "sender.rewritten", "sender.envelope_rewritten"});
    CHECK(world.found("ann@b.example", "From: ann@b.example", "ann").empty());
    CHECK(world.found("x@web.example", "From: x@web.example")
          == Names{"sender.foreign_envelope", "sender.foreign_from"});
    CHECK(world.found("eve@b.example", "From: x@web.example", "eve@b.example")
          == Names{"sender.rewritten"});
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

TEST_CASE("sender: with approval an account has its own address and what somebody approved")
{
    auto& pairs = SenderPairs::here();
    const auto listed = [&] {
        return pairs.list(
            false, [](const std::string& one) { return one == "desk@b.example"; }, {}, 10);
    };
    Outgoing observing{"sender"};
    CHECK(observing.found("cat@b.example", "From: desk@b.example", "cat@b.example").empty());
    REQUIRE(listed().size() == 1);
    CHECK(listed().front().account == "cat@b.example");
    Outgoing world{"sender", "approval: true"};
    CHECK(world.found("cat@b.example", "From: cat@b.example", "cat@b.example").empty());
    CHECK(world.found("cat@b.example", "From: desk@b.example", "cat@b.example")
          == Names{"sender.not_yours"});
    pairs.approve("cat@b.example", "desk@b.example", {});
    CHECK(listed().empty());
    CHECK(world.found("cat@b.example", "From: desk@b.example", "cat@b.example").empty());
    CHECK(world.found("dan@b.example", "From: desk@b.example", "dan@b.example")
          == Names{"sender.not_yours"});
    pairs.forget("cat@b.example", "desk@b.example");
    pairs.forget("dan@b.example", "desk@b.example");
}
