// SPDX-License-Identifier: Apache-2.0
#include "filters/content/content.hpp"
#include "filters/counted_mails.hpp"
#include "filters/dead_addresses.hpp"
#include "filters/habit_table.hpp"
#include "filters/two_way_memory.hpp"
#include "filters/unread_bounces.hpp"
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
        parts.rows = [this](std::string id) { return rows_of(std::move(id)); };
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
    void went_out(std::string_view id, std::string_view sender, std::vector<std::string> recipients)
    {
        auto gone = letter(id);
        gone.sender = mailbox(sender);
        for (const auto& to : recipients)
            gone.recipients.push_back(recipient(to));
        memory->remember_outgoing(gone);
    }
    /// What history keeps of a mail that left for x@far.example.
    void was_recorded(const std::string& id, std::string findings)
    {
        storage::HistoryRow row;
        row.direction = mail::Direction::outbound;
        row.recipient = "x@far.example";
        row.findings = std::move(findings);
        rows.emplace(id, row);
    }
    net::awaitable<std::vector<storage::HistoryRow>> rows_of(std::string id)
    {
        std::vector<storage::HistoryRow> some;
        for (auto [at, end] = rows.equal_range(id); at != end; ++at)
            some.push_back(at->second);
        co_return some;
    }
    UnreadBounces::Sum unread(const std::string& account)
    {
        return UnreadBounces::here().sums(
            [&](const auto& one) { return one == account; },
            std::chrono::floor<std::chrono::seconds>(env.wall_now()))[account];
    }
    /// A bounce comes in for that one.
    Findings back_to(std::string_view address, const std::string& text)
    {
        mail.direction = mail::Direction::inbound;
        mail.sender = {};
        mail.recipients.assign(1, recipient(address));
        return found(text);
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
    std::multimap<std::string, storage::HistoryRow> rows;
};

std::string report_on(std::string_view id, std::string_view failed = "bob@b.example",
                      std::string_view original = "")
{
    return "Content-Type: multipart/report; boundary=x\r\n\r\n"
        + (original.empty() ? "" : "Original-Recipient: rfc822;" + std::string{original} + "\r\n")
        + "Final-Recipient: rfc822; " + std::string{failed}
    + "\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\nMessage-ID: <" + std::string{id} + ">\r\n";
}

unsigned refusals_of(std::string_view address, std::chrono::system_clock::time_point now)
{
    // Dead is who refuses for days: two more refusals, days later, tell of a first.
    auto& dead = DeadAddresses::here();
    const auto later = std::chrono::floor<std::chrono::seconds>(now) + std::chrono::hours{72};
    dead.note_refusal(address, "x@b.example", "550 5.1.1", later);
    dead.note_refusal(address, "x@b.example", "550 5.1.1", later);
    const auto found = dead.find(address, later);
    dead.forget(address);
    return found ? found->refusals - 2 : 0;
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
    in.went_out("ours@b.example", "bob@b.example", {"one@far.example", "two@far.example"});
    const auto found = in.back_to("bob@b.example", report_on("ours@b.example", "two@far.example"));
    REQUIRE(names(found) == Names{"bounce.returned"});
    CHECK(found.front().detail == "bob@b.example");
    CHECK(names(in.mail.findings) == Names{"bounce.failed", "bounce.original"});
    CHECK(refusals_of("two@far.example", in.env.wall_now()) == 1);
    CHECK(in.back_to("bob@b.example", report_on("forged@b.example")).empty());
    CHECK(in.back_to("bob@b.example",
                     "Content-Type: multipart/report\r\n\r\n"
                     "Final-Recipient: rfc822; one@far.example\r\n"
                     "Status: 5.1.1\r\n")
              .empty());
}

TEST_CASE("bounce: what comes back to an account that is locked is held apart from its mail")
{
    Answers in;
    in.went_out("odd@b.example", "eve@b.example", {"apart@far.example"});
    const auto now = std::chrono::floor<std::chrono::seconds>(in.env.wall_now());
    in.mail.received_at = now;
    REQUIRE(HabitTable::here().lock("eve@b.example", "by hand", now + std::chrono::hours{1}, now));
    const auto found = in.back_to("eve@b.example", report_on("odd@b.example", "apart@far.example"));
    REQUIRE(names(found) == Names{"bounce.returned", "bounce.held_apart"});
    CHECK(found.back().detail == "eve@b.example");
    CHECK(names(in.back_to("eve@b.example", report_on("else@b.example", "apart@far.example")))
              .empty());
    HabitTable::here().release("eve@b.example", now);
    CHECK(names(in.back_to("eve@b.example", report_on("odd@b.example", "apart@far.example")))
          == Names{"bounce.returned"});
}

TEST_CASE("bounce: one that names another sender or a recipient nobody wrote to counts nothing")
{
    Answers in;
    in.went_out("ann@b.example", "ann@b.example", {"eve@evil.example"});
    in.went_out("ben@b.example", "ben@b.example", {"one@far.example"});
    const Names unmatched{"bounce.unmatched"};
    for (int copy = 0; copy < 3; ++copy)
        CHECK(names(in.back_to("ben@b.example", report_on("ann@b.example", "eve@evil.example")))
              == unmatched);
    CHECK(names(in.back_to("ann@b.example", report_on("ann@b.example", "customer@big.example")))
          == unmatched);
    CHECK(refusals_of("eve@evil.example", in.env.wall_now()) == 0);
    CHECK(refusals_of("customer@big.example", in.env.wall_now()) == 0);
    in.mail.recipients.push_back(in.recipient("ben@b.example"));
    in.mail.recipients.front() = in.recipient("ann@b.example");
    CHECK(names(in.found(report_on("ann@b.example", "eve@evil.example"))) == unmatched);
}

TEST_CASE("bounce: it counts once, and for the recipients that were written to alone")
{
    Answers in;
    in.went_out("ours@b.example", "bob@b.example", {"one@far.example", "two@far.example"});
    const auto both = report_on("ours@b.example", "one@far.example")
        + "\r\nFinal-Recipient: rfc822; other@far.example\r\nStatus: 5.1.1\r\n";
    for (int copy = 0; copy < 3; ++copy)
        CHECK(names(in.back_to("bob@b.example", both)) == Names{"bounce.returned"});
    CHECK(refusals_of("one@far.example", in.env.wall_now()) == 1);
    CHECK(refusals_of("other@far.example", in.env.wall_now()) == 0);
    CHECK(names(in.back_to("bob@b.example", report_on("ours@b.example", "two@far.example")))
          == Names{"bounce.returned"});
    CHECK(refusals_of("two@far.example", in.env.wall_now()) == 1);
}

TEST_CASE("bounce: it is known by either name of a recipient, and by a return path of its own")
{
    Answers in;
    in.went_out("1@b.example", "list+ann=far.example@b.example", {"list@far.example"});
    CHECK(names(in.back_to("list+ann=far.example@b.example",
                           report_on("1@b.example", "final@else.example", "list@far.example")))
          == Names{"bounce.returned"});
    CHECK(refusals_of("final@else.example", in.env.wall_now()) == 0);
    in.went_out("2@b.example", "ann@b.example", {"final@far.example"});
    CHECK(names(in.back_to("ann@b.example",
                           report_on("2@b.example", "final@far.example", "alias@b.example")))
          == Names{"bounce.returned"});
}

TEST_CASE("bounce: a mail that a list brought back to many of us is still known as sent")
{
    Answers in;
    in.went_out("ours@b.example", "bob@b.example", {"list@far.example"});
    for (int member = 0; member < 40; ++member)
        in.came_in("ours@b.example", mail::Action::deliver, true);
    CHECK(names(in.back_to("bob@b.example", report_on("ours@b.example", "list@far.example")))
          == Names{"bounce.returned"});
}

TEST_CASE("bounce: it is tied to the list or the alias that sent the mail on")
{
    Answers in;
    in.went_out("l@b.example", "l-bounces@b.example", {"x@far.example"});
    const auto of_list
        = in.back_to("l-bounces@b.example", report_on("l@b.example", "x@far.example"));
    REQUIRE(names(of_list) == Names{"bounce.returned"});
    CHECK(of_list.front().detail == "l@b.example");
    in.went_out("r@b.example", "crew@b.example", {"x@far.example"});
    in.was_recorded("r@b.example", R"([{"name":"rosters.list","detail":"crew@b.example"}])");
    const auto of_roster = in.back_to("crew@b.example", report_on("r@b.example", "x@far.example"));
    CHECK(of_roster.front().detail == "crew@b.example");
    auto forwarded = in.letter("f@else.example");
    forwarded.sender = mailbox("writer@else.example");
    forwarded.recipients.push_back(in.recipient("x@far.example"));
    in.memory->remember_sent_on(forwarded);
    in.was_recorded("f@else.example", R"([{"name":"forward.known","detail":"office@b.example"}])");
    // Its return path is ours, and leads back to whoever wrote it.
    const auto of_alias
        = in.back_to("writer@else.example", report_on("f@else.example", "x@far.example"));
    REQUIRE(names(of_alias) == Names{"bounce.returned"});
    CHECK(of_alias.front().detail == "office@b.example");
    for (const auto* name : {"l@b.example", "crew@b.example", "office@b.example"})
        CHECK(in.unread(name) == UnreadBounces::Sum{});
    DeadAddresses::here().forget("x@far.example");
}

TEST_CASE("bounce: who writes again to where mail came back from is counted, once for each mail")
{
    Answers in;
    in.went_out("u@b.example", "una@b.example", {"x@far.example"});
    in.was_recorded("u@b.example", R"([{"name":"auth.account","detail":"una"}])");
    const auto report = report_on("u@b.example", "x@far.example");
    CHECK(in.back_to("una@b.example", report).front().detail == "una@b.example");
    (void)in.back_to("una@b.example", report);
    CHECK(in.unread("una") == UnreadBounces::Sum{.bounces = 1, .again = 0});
    in.mail.direction = mail::Direction::outbound;
    in.mail.recipients = {in.recipient("x@far.example"), in.recipient("y@far.example")};
    in.mail.sender = mailbox("una@b.example");
    for (int copy = 0; copy < 2; ++copy) {
        CHECK(in.found("Message-ID: <again@b.example>\r\n\r\nhello\r\n").empty());
        CountedMails::here().settle(in.mail, false);
    }
    CHECK(in.unread("una") == UnreadBounces::Sum{.bounces = 1, .again = 1});
    in.mail.sender = mailbox("ben@b.example");
    CHECK(in.found("Message-ID: <other@b.example>\r\n\r\nhello\r\n").empty());
    CHECK(in.unread("una").again == 1);
    DeadAddresses::here().forget("x@far.example");
}

TEST_CASE("bounce: who got a mail holds nobody by bounces for the others that it names")
{
    Answers in;
    const auto write_and_return = [&](const std::string& sender, bool is_one_reporter) {
        std::vector<std::string> addresses;
        std::vector<std::uint64_t> hashes;
        for (int i = 0; i < 25; ++i) {
            addresses.push_back(std::to_string(i) + "@far.example");
            hashes.push_back(static_cast<std::uint64_t>(i));
        }
        const auto id = "to-many-" + sender;
        in.went_out(id, sender, addresses);
        HabitTable::here().take(sender, sender, hashes, in.env.wall_now(), {});
        for (int i = 0; i < 24; ++i) {
            in.mail.client.ip = ip(is_one_reporter ? "192.0.2." + std::to_string(i)
                                                   : "198.51." + std::to_string(i) + ".1");
            CHECK(names(in.back_to(sender, report_on(id, addresses[static_cast<std::size_t>(i)])))
                  == Names{"bounce.returned"});
        }
        return HabitTable::here().take(sender, sender, {}, in.env.wall_now(), {}).brake;
    };
    CHECK(write_and_return("gil@b.example", true) == Brake::none);
    CHECK(write_and_return("hal@b.example", false) >= Brake::hold);
}
