// SPDX-License-Identifier: Apache-2.0
#include "filters/content/content.hpp"
#include "filters/two_way_memory.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

#include <fmt/format.h>

using namespace filters;
using namespace filters::test;

namespace {
struct Answers : World {
    Answers()
    {
        auto opened = storage::MailMemory::open(folder.path + "/memory", {.mails = 1000});
        REQUIRE(opened);
        TwoWayMemory::Parts parts{.memory = std::move(*opened), .pool = &pool};
        memory = std::make_unique<TwoWayMemory>(std::move(parts));
        TwoWayMemory::put_here(memory.get());
        make("bounce");
        mail.direction = mail::Direction::outbound;
        mail.sender = {};
        mail.recipients.push_back(recipient("ann@far.example"));
    }
    ~Answers() { TwoWayMemory::put_here(nullptr); }

    mail::Mail letter(std::string_view id)
    {
        mail::Mail letter;
        letter.id = mail::MailId{7};
        letter.received_at = env.wall_now();
        letter.message
            = mail::Message::from_text("Message-ID: <" + std::string{id} + ">\r\n\r\nx\r\n");
        return letter;
    }
    void came_in(std::string_view id, mail::Action action, bool is_proven)
    {
        auto came = letter(id);
        if (is_proven)
            came.findings.push_back({.name = "dkim.pass"});
        came.recipients.push_back(recipient());
        came.recipients.back().verdict.action = action;
        memory->remember(came);
    }
    /// As the chain does: first where messages are parsed, then in the gate.
    Findings found(const std::string& text)
    {
        receives(text);
        const auto content
            = type_named("bounce").make_content(read(type_named("bounce"), ""), services);
        mail.findings = content->inspect(mail.message, Content{});
        auto inspection = layer->inspect_message(mail);
        Findings all;
        if (auto* at_hand = std::get_if<Findings>(&inspection)) {
            all = *at_hand;
        } else {
            net::Loop loop{net::Env::real()};
            support::run(loop, wait(std::get<awaitable<Findings>>(std::move(inspection)), all));
        }
        CHECK(all_declared(all, "bounce"));
        CHECK(all_declared(mail.findings, "bounce"));
        return all;
    }
    static net::awaitable<void> wait(awaitable<Findings> later, Findings& into)
    {
        into = co_await std::move(later);
    }

    const Folder folder;
    net::WorkerPool pool{1};
    std::unique_ptr<TwoWayMemory> memory;
};

std::string report_on(std::string_view id)
{
    return "Content-Type: multipart/report; boundary=x\r\n\r\n"
           "Final-Recipient: rfc822; bob@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
           "Message-ID: <"
        + std::string{id} + ">\r\n";
}
}

TEST_CASE("bounce: answers to spam and to senders that nothing proves go nowhere")
{
    Answers out;
    out.came_in("spam@far.example", mail::Action::tag, true);
    out.came_in("forged@far.example", mail::Action::deliver, false);
    out.came_in("honest@far.example", mail::Action::deliver, true);
    CHECK(names(out.found(report_on("spam@far.example"))) == Names{"bounce.backscatter"});
    CHECK(names(out.found(report_on("forged@far.example"))) == Names{"bounce.backscatter"});
    CHECK(out.found(report_on("honest@far.example")).empty());
    CHECK(out.found(report_on("unknown@far.example")).empty());
    out.mail.sender = mailbox("bob@b.example");
    const auto vacation = out.found("Auto-Submitted: auto-replied\r\n"
                                    "In-Reply-To: <forged@far.example>\r\n\r\nI am away\r\n");
    CHECK(names(vacation) == Names{"bounce.backscatter"});
    CHECK(out.found("In-Reply-To: <forged@far.example>\r\n\r\nby a person\r\n").empty());
}

TEST_CASE("bounce: what strangers send under the id of an honest mail stops no answer to it")
{
    Answers out;
    const auto answer = [&](std::string_view to, std::string_view more = {}) {
        return names(out.found(fmt::format("Auto-Submitted: auto-replied\r\nIn-Reply-To: <{}>\r\n"
                                           "References: <{}>\r\n\r\nyour order\r\n",
                                           to, more)));
    };
    out.came_in("order@far.example", mail::Action::deliver, true);
    out.came_in("order@far.example", mail::Action::deliver, false);
    out.came_in("order@far.example", mail::Action::tag, true);
    CHECK(answer("order@far.example").empty());
    out.came_in("forged@far.example", mail::Action::deliver, false);
    out.came_in("forged@far.example", mail::Action::tag, true);
    CHECK(answer("forged@far.example") == Names{"bounce.backscatter"});
    CHECK(answer("forged@far.example", "order@far.example") == Names{"bounce.backscatter"});
    CHECK(answer("order@far.example", "forged@far.example").empty());
}

TEST_CASE("bounce: mail of ours that comes back counts for whoever sent it")
{
    Answers in;
    in.memory->remember_outgoing(in.letter("ours@b.example"));
    in.mail.direction = mail::Direction::inbound;
    in.mail.recipients.front() = in.recipient("bob@b.example");
    const auto found = in.found(report_on("ours@b.example"));
    REQUIRE(names(found) == Names{"bounce.returned"});
    CHECK(found.front().detail == "bob@b.example");
    CHECK(names(in.mail.findings) == Names{"bounce.failed", "bounce.original"});
    CHECK(in.found(report_on("forged@b.example")).empty());
}
