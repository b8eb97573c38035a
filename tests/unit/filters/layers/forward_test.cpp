// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/forwarding_list.hpp"
#include "filters/two_way_memory.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

using namespace filters;
using namespace filters::test;

namespace {
/// A gateway that remembers, and mail that goes out of it.
struct Outgoing : World {
    Outgoing()
    {
        auto opened = storage::MailMemory::open(folder.path + "/memory", {.mails = 1000});
        REQUIRE(opened);
        TwoWayMemory::Parts parts{.memory = std::move(*opened), .pool = &pool};
        memory = std::make_unique<TwoWayMemory>(std::move(parts));
        TwoWayMemory::put_here(memory.get());
        make("forward");
        mail.direction = mail::Direction::outbound;
        mail.id = mail::MailId{99};
        mail.recipients.push_back(recipient("ann@far.example"));
        sends("1@far.example");
    }
    ~Outgoing() { TwoWayMemory::put_here(nullptr); }

    void came_in(std::string_view id, mail::Action action)
    {
        mail::Mail came;
        came.id = mail::MailId{7};
        came.received_at = env.wall_now();
        came.message
            = mail::Message::from_text("Message-ID: <" + std::string{id} + ">\r\n\r\nx\r\n");
        came.recipients.push_back(recipient("list@b.example"));
        came.recipients.back().verdict.action = action;
        memory->remember(came);
    }
    void sends(std::string_view id)
    {
        receives("Message-ID: <" + std::string{id} + ">\r\n\r\nx\r\n");
        mail.content = {};
    }
    /// A message with a text, and its fingerprint.
    static mail::Message letter(std::string_view id, std::string_view fields, std::string_view text,
                                std::shared_ptr<const Content>& content)
    {
        auto message = mail::Message::from_text("Message-ID: <" + std::string{id} + ">\r\n"
                                                + std::string{fields} + "\r\n" + std::string{text});
        auto made = std::make_shared<Content>(content::analyse(message, {}));
        made->fingerprints
            = content::fingerprints_of(*made, content::recipient_words(message.header()));
        content = std::move(made);
        return message;
    }
    void spam_came_in(std::string_view text)
    {
        mail::Mail came;
        came.id = mail::MailId{8};
        came.received_at = env.wall_now();
        came.message = letter("spam@far.example", "From: x@far.example\r\n", text, came.content);
        came.recipients.push_back(recipient("list@b.example"));
        came.recipients.back().verdict.action = mail::Action::tag;
        memory->remember(came);
    }
    Names names_of(std::string_view id, std::string_view fields, std::string_view text)
    {
        mail.message = letter(id, fields, text, mail.content);
        return names(found());
    }
    Findings found()
    {
        auto inspection = layer->inspect_message(mail);
        if (auto* at_hand = std::get_if<Findings>(&inspection))
            return *at_hand;
        net::Loop loop{net::Env::real()};
        Findings all;
        support::run(loop, wait(std::get<awaitable<Findings>>(std::move(inspection)), all));
        return all;
    }
    static net::awaitable<void> wait(awaitable<Findings> later, Findings& into)
    {
        into = co_await std::move(later);
    }
    Findings found_for(std::string_view address)
    {
        mail.findings = found();
        CHECK(all_declared(mail.findings, "forward"));
        return message_for(address);
    }

    const Folder folder;
    net::WorkerPool pool{1};
    std::unique_ptr<TwoWayMemory> memory;
};
}

TEST_CASE("forward: spam that came in is stopped on its way out, named by who forwards it")
{
    Outgoing out;
    out.came_in("1@far.example", mail::Action::tag);
    const auto outside = out.found_for("ann@far.example");
    REQUIRE(names(outside) == Names{"forward.spam"});
    CHECK(outside.front().detail == "list@b.example");
    CHECK(outside.front().evidence.find("known by Message-ID") != std::string::npos);
    CHECK(out.found_for("bob@b.example").empty());
    const auto seen = ForwardingList::here().list([](const std::string&) { return true; },
                                                  {"list@b.example", "ann@far.exampl"}, 1);
    REQUIRE(seen.size() == 1);
    CHECK(seen.front().to == "ann@far.example");
}

TEST_CASE("forward: mail that was wanted passes, and is known as a forward")
{
    Outgoing out;
    out.came_in("1@far.example", mail::Action::deliver);
    CHECK(out.found_for("ann@far.example").empty());
    CHECK(names(out.mail.findings) == Names{"forward.known"});
    CHECK(out.mail.findings.front().weight == 0.0);
}

TEST_CASE("forward: some may forward what they like")
{
    Outgoing out;
    out.came_in("1@far.example", mail::Action::tag);
    out.make("forward", "pass: [\"@b.example\"]");
    CHECK(out.found_for("ann@far.example").empty());
    out.make("forward", "pass: [other@b.example]");
    CHECK(names(out.found_for("ann@far.example")) == Names{"forward.spam"});
    out.make("forward", "pass: [nonsense]");
    CHECK(out.said().find("pass") != std::string::npos);
}

TEST_CASE("forward: what begins here, comes in, or stays inside is no forward")
{
    Outgoing out;
    out.came_in("1@far.example", mail::Action::tag);
    out.sends("new@b.example");
    CHECK(out.found().empty());
    out.sends("1@far.example");
    out.mail.direction = mail::Direction::inbound;
    CHECK(out.found().empty());
    out.mail.direction = mail::Direction::outbound;
    out.mail.recipients.front() = out.recipient("bob@b.example");
    CHECK(out.found().empty());
}

TEST_CASE("forward: a new mail of ours whose text a spam had too begins here")
{
    const std::string text = "Dear Sir or Madam,\r\n\r\nplease find attached our invoice for your "
                             "order. Payment is due within thirty days.\r\n\r\nKind regards\r\n"
                             "Accounts department\r\n";
    Outgoing out;
    out.spam_came_in(text);
    out.mail.received_at += std::chrono::hours{1};
    out.mail.sender = mailbox("ann@b.example");
    CHECK(out.names_of("new@b.example", "From: ann@b.example\r\n", text).empty());
    out.mail.sender = {};
    CHECK(out.names_of("new2@b.example", "From: ann@b.example\r\n", text).empty());
    const Names known{"forward.known"};
    CHECK(out.names_of("3@b.example", "From: x@far.example\r\n", text) == known);
    CHECK(
        out.names_of("4@b.example", "Delivered-To: list@b.example\r\nFrom: ann@b.example\r\n", text)
        == known);
    CHECK(out.names_of("spam@far.example", "From: ann@b.example\r\n", text) == known);
    out.mail.sender = mailbox("ann@a.example");
    CHECK(out.names_of("5@b.example", "From: ann@b.example\r\n", text) == known);
}

TEST_CASE("forward: what only bears the name of a mail that came in is told of as changed")
{
    Outgoing out;
    out.spam_came_in("The quiet news of the week from the river, as every week.\r\n");
    CHECK(out.names_of("spam@far.example", "From: ann@b.example\r\n",
                       "Buy now, and buy it here, for nobody sells it at a better price.\r\n")
          == Names{"forward.changed", "forward.known"});
}
