// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sent_copies.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("a copy that left is known for an hour")
{
    smtp::SentCopies copies;
    const smtp::SentCopies::Time start{100h};
    const storage::TransactionHash one{1}, other{2};
    CHECK_FALSE(copies.find(one, start));
    copies.note(one, mail::MailId{7}, start);
    CHECK(copies.find(one, start + 59min) == mail::MailId{7});
    CHECK_FALSE(copies.find(one, start + 60min));
    CHECK_FALSE(copies.find(other, start));
}

TEST_CASE("what left shortly before the tables take turns is still known")
{
    smtp::SentCopies copies;
    const smtp::SentCopies::Time start{100h};
    const storage::TransactionHash first{1}, late{2}, next{3};
    copies.note(first, mail::MailId{1}, start);
    copies.note(late, mail::MailId{2}, start + 59min);
    copies.note(next, mail::MailId{3}, start + 61min);
    CHECK(copies.find(late, start + 70min) == mail::MailId{2});
    CHECK(copies.find(next, start + 70min) == mail::MailId{3});
    CHECK_FALSE(copies.find(first, start + 70min));
}
