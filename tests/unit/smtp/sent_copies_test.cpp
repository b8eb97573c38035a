// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sent_copies.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace std::chrono_literals;

namespace {
std::uint64_t mail_of(const std::optional<smtp::SentCopies::Sent>& sent)
{
    return sent ? sent->row.mail.value() : 0;
}
}

TEST_CASE("a copy that left is known for an hour")
{
    smtp::SentCopies copies;
    const smtp::SentCopies::Time start{100h};
    const storage::TransactionHash one{1}, other{2};
    CHECK_FALSE(copies.find(one, start));
    copies.note(one, {{mail::MailId{7}}, false, start});
    CHECK(mail_of(copies.find(one, start + 59min)) == 7);
    CHECK_FALSE(copies.find(one, start + 60min));
    CHECK_FALSE(copies.find(other, start));
}

TEST_CASE("what left shortly before the tables take turns is still known")
{
    smtp::SentCopies copies;
    const smtp::SentCopies::Time start{100h};
    const storage::TransactionHash first{1}, late{2}, next{3};
    copies.note(first, {{mail::MailId{1}}, false, start});
    copies.note(late, {{mail::MailId{2}}, false, start + 59min});
    copies.note(next, {{mail::MailId{3}}, false, start + 61min});
    CHECK(mail_of(copies.find(late, start + 70min)) == 2);
    CHECK(mail_of(copies.find(next, start + 70min)) == 3);
    CHECK_FALSE(copies.find(first, start + 70min));
}

TEST_CASE("a copy under way is nobody else's, and is anybody's again when nothing came of it")
{
    smtp::SentCopies copies;
    const smtp::SentCopies::Time now{100h};
    const storage::TransactionHash one{1}, two{2}, three{3};
    {
        const auto first = copies.claim({one, two, one}, now);
        REQUIRE(first);
        CHECK_FALSE(copies.claim({two, three}, now));
        CHECK(copies.claim({three}, now)); // what was not given was not taken in part
        CHECK_FALSE(copies.find(one, now));
    }
    CHECK(copies.claim({one, two, three}, now));
}

TEST_CASE("a copy that left is claimed by nobody, so that it stops no other")
{
    smtp::SentCopies copies;
    const smtp::SentCopies::Time now{100h};
    const storage::TransactionHash one{1}, two{2};
    auto first = copies.claim({one}, now);
    copies.note(one, {{mail::MailId{7}}, false, now});
    CHECK(copies.claim({one, two}, now));
    const auto moved = std::move(first);
    CHECK(copies.claim({one}, now + 30min));
    CHECK_FALSE(copies.claim({one}, now + 60min));
}

TEST_CASE("of threads that claim a copy at once one has it")
{
    smtp::SentCopies copies;
    std::atomic<int> sent = 0, is_ready = 0;
    const storage::TransactionHash one{1};
    const auto send = [&] {
        for (++is_ready; is_ready < 4;) { }
        for (;;) {
            const auto claim = copies.claim({one}, smtp::SentCopies::Time{100h});
            if (!claim)
                continue;
            if (!copies.find(one, smtp::SentCopies::Time{100h})) {
                ++sent;
                copies.note(one, {{mail::MailId{7}}, false, smtp::SentCopies::Time{100h}});
            }
            return;
        }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back(send);
    threads.clear();
    CHECK(sent == 1);
}

TEST_CASE("a copy that was kept to be sent later waits until it leaves, or is forgotten")
{
    smtp::SentCopies copies;
    const smtp::SentCopies::Time now{100h};
    const storage::TransactionHash one{1}, two{2};
    const storage::RowId first{mail::MailId{1}, 1}, second{mail::MailId{1}, 2};
    copies.note(one, {first, true, now});
    copies.note(two, {second, true, now});
    CHECK(copies.find(one, now).value().is_waiting);
    copies.note_left(first);
    CHECK_FALSE(copies.find(one, now).value().is_waiting);
    copies.forget(two, first); // it is not that one's
    CHECK(copies.find(two, now));
    copies.forget(two, second);
    CHECK_FALSE(copies.find(two, now));
}
