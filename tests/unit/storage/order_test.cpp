// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using storage::Attempt;

namespace {
/// A queue whose rows wait since their server could not be asked, unless said otherwise.
struct Queue : Gateway {
    void waits(std::uint64_t mail, std::chrono::seconds until,
               std::string_view who = "bob@b.example", bool is_unreachable = true)
    {
        auto row = make_row(1, who);
        row.next_attempt = env.wall_now() + until;
        row.is_unreachable = is_unreachable;
        std::vector<storage::NewRow> rows;
        rows.push_back(std::move(row));
        CHECK(commit(make_mail(mail), std::move(rows)) == storage::Commit::done);
    }
    std::vector<std::uint64_t> taken()
    {
        std::vector<std::uint64_t> mails;
        for (const auto& row : due())
            mails.push_back(row.id.mail.value());
        return mails;
    }
    using Mails = std::vector<std::uint64_t>;
};
}

TEST_CASE("mail for a server that was away is not overtaken by later mail of its recipient")
{
    Queue queue;
    queue.waits(1, 60s);
    queue.waits(2, 50s);
    queue.waits(3, 40s);
    queue.waits(4, 45s, "ann@b.example");
    queue.env.advance(40s);
    CHECK(queue.taken() == Queue::Mails{1});
    CHECK(queue.taken().empty());
    queue.record(row_id(1), Attempt::Outcome::delivered);
    queue.env.advance(5s);
    CHECK(queue.taken() == Queue::Mails{4});
    queue.env.advance(5s);
    CHECK(queue.taken() == Queue::Mails{2});
    queue.record(row_id(2), Attempt::Outcome::delivered);
    queue.env.advance(9s);
    CHECK(queue.taken().empty());
    queue.env.advance(1s);
    CHECK(queue.taken() == Queue::Mails{3});
}

TEST_CASE("what is due together comes in the order of acceptance, whatever its times")
{
    Queue queue;
    for (std::uint64_t mail = 1; mail <= 30; ++mail)
        queue.waits(mail, std::chrono::seconds{mail * 7 % 31});
    queue.env.advance(60s);
    Queue::Mails all;
    for (auto some = wait_for(queue.loop, queue.store().due(queue.env.wall_now(), 7));
         !some.empty(); some = wait_for(queue.loop, queue.store().due(queue.env.wall_now(), 7)))
        for (const auto& row : some)
            all.push_back(row.id.mail.value());
    CHECK(all.size() == 30);
    CHECK(std::ranges::is_sorted(all));
}

TEST_CASE("mail that its server answered for now, or never tried, holds nothing up")
{
    Queue queue;
    queue.waits(1, 60s, "bob@b.example", false);
    queue.waits(2, 10s);
    queue.env.advance(10s);
    CHECK(queue.taken() == Queue::Mails{2});
}

TEST_CASE("mail that somebody wrote to a server that is away holds up nothing else of that account")
{
    Queue queue;
    for (const auto mail : {std::uint64_t{1}, std::uint64_t{2}}) {
        auto row = make_row(1, mail == 1 ? "away@dead.example" : "bob@far.example");
        row.owner = mail::Mailbox::parse("ann@b.example").value();
        row.next_attempt = queue.env.wall_now() + (mail == 1 ? 60s : 0s);
        row.is_unreachable = mail == 1;
        std::vector<storage::NewRow> rows;
        rows.push_back(std::move(row));
        CHECK(queue.commit(make_mail(mail), std::move(rows)) == storage::Commit::done);
    }
    CHECK(queue.taken() == Queue::Mails{2});
}

TEST_CASE("a held row holds nothing up, and a released one nothing either")
{
    Queue queue;
    queue.waits(1, 60s);
    queue.waits(2, 10s);
    wait_for(queue.loop, queue.store().hold({row_id(1)}, "by hand"));
    queue.env.advance(10s);
    CHECK(queue.taken() == Queue::Mails{2});
}

TEST_CASE("who changes places keeps the number of attempts: nothing is due at once again")
{
    Queue queue;
    queue.waits(1, 60s);
    queue.waits(2, 10s);
    queue.env.advance(10s);
    REQUIRE(queue.taken() == Queue::Mails{1});
    queue.record(row_id(1), Attempt::Outcome::retry, "451 away", queue.env.wall_now() + 100s);
    CHECK(queue.taken().empty());
    const auto next = wait_for(queue.loop, queue.store().next_due());
    REQUIRE(next);
    CHECK(*next == queue.env.wall_now() + 50s);
}
