// SPDX-License-Identifier: Apache-2.0
#include "filters/habit.hpp"

#include <catch2/catch.hpp>

using filters::Brake;
using filters::Copies;
using filters::Habit;
using filters::HabitLimits;
using namespace std::chrono_literals;

namespace {
std::uint64_t person(std::uint64_t number)
{
    number = (number + 1) * 0x9E3779B97F4A7C15ULL;
    return (number ^ number >> 32) * 0xBF58476D1CE4E5B9ULL;
}

/// An account and its clock, which begins on a Monday.
struct Account {
    Habit habit;
    HabitLimits limits;
    Habit::WallTime now{std::chrono::seconds{1'767'571'200}};
    Habit::Judgement last;

    Brake send(std::uint64_t to, unsigned recipients = 1)
    {
        std::vector<std::uint64_t> hashes;
        for (unsigned i = 0; i < recipients; ++i)
            hashes.push_back(person(to + i));
        last = habit.take(hashes, now, limits);
        return last.brake;
    }
    /// Office days: twenty mails to the same thirty people, every half hour from nine.
    Brake work(int days)
    {
        Brake worst = Brake::none;
        for (int day = 0; day < days; ++day) {
            now += 9h;
            for (unsigned mail = 0; mail < 20; ++mail) {
                worst = std::max(worst, send(mail * 7 % 30));
                now += 20min;
            }
            now += 24h - 9h - 20 * 20min;
        }
        return worst;
    }
    std::string_view reason() const
    {
        return last.reasons.empty() ? "" : last.reasons.front().name;
    }
};
}

TEST_CASE("an account that works as usual is never braked")
{
    Account account;
    CHECK(account.work(90) == Brake::none);
}

TEST_CASE("an account that wakes after sixty quiet days and writes to strangers is held within ten")
{
    Account account;
    account.work(30);
    account.now += 60 * 24h;
    unsigned sent = 0;
    while (account.send(10'000 + sent) < Brake::hold && sent < 500) {
        ++sent;
        account.now += 1200ms;
    }
    CHECK(sent < 10);
    CHECK(account.reason() == "waking");
    for (; sent < 500; ++sent)
        account.send(10'000 + sent);
    CHECK(account.last.brake == Brake::lock);
}

TEST_CASE("who comes back from a long leave and answers some mail is left in peace")
{
    Account account;
    account.work(30);
    account.now += 60 * 24h;
    for (unsigned mail = 0; mail < 5; ++mail)
        CHECK(account.send(mail) == Brake::none);
    account.now += 24h;
    CHECK(account.work(5) == Brake::none);
}

TEST_CASE("an account in daily use that is taken over is held by its burst or its strangers")
{
    Account account;
    account.work(60);
    account.now += 3h;
    unsigned sent = 0;
    for (; account.send(20'000 + sent) < Brake::hold && sent < 500; ++sent)
        account.now += 1200ms;
    CHECK(sent < 45);
    CHECK(account.reason() == "strangers");
}

TEST_CASE("nobody teaches an account a new life by the hour")
{
    Account account;
    account.work(30);
    bool was_held = false;
    for (int hour = 0; hour < 48 && !was_held; ++hour) {
        const auto amount = 20U << std::min(hour, 10);
        for (unsigned i = 0; i < amount && !was_held; ++i)
            was_held = account.send(i % 30) >= Brake::hold;
        account.now += 1h;
    }
    CHECK(was_held);
}

TEST_CASE("who sends a letter to four hundred each week may go on once somebody has said so")
{
    Account account;
    account.work(30);
    CHECK(account.send(0, 90) == Brake::hold);
    CHECK(account.reason() == "strangers");
    account.habit.forgive();
    for (int week = 0; week < 8; ++week) {
        account.now += 7 * 24h;
        for (unsigned part = 0; part < 2; ++part)
            CHECK(account.send(part * 90, 90) == Brake::none);
    }
}

TEST_CASE("a mail to very many, and one that comes back from many, is more than usual")
{
    Account account;
    CHECK(account.send(0, 150) == Brake::hold);
    Account bounced;
    for (unsigned i = 0; i < 20; ++i) {
        bounced.send(i);
        if (i % 2 == 0)
            bounced.habit.note_bounce(bounced.now, bounced.limits);
        bounced.now += 1min;
    }
    CHECK(bounced.last.brake >= Brake::hold);
    CHECK(bounced.reason() == "bounces");
}

TEST_CASE("who copies many within an hour, or hides them, is braked though each mail has few")
{
    for (const auto& [copies, reason] :
         {std::pair{Copies{.copied = 10}, "copied"}, std::pair{Copies{.hidden = 10}, "hidden"}}) {
        Account account;
        account.limits.copied_in_hour = account.limits.hidden_in_hour = 40;
        for (unsigned mail = 0; mail < 6; ++mail) {
            const std::vector<std::uint64_t> one{person(mail)};
            account.last = account.habit.take(one, account.now, account.limits, copies);
            CHECK(account.last.brake
                  == (mail < 3       ? Brake::none
                          : mail < 5 ? Brake::slow
                                     : Brake::hold));
            account.now += 5min;
        }
        CHECK(account.reason() == reason);
        account.now += 2h;
        CHECK(account.send(0) == Brake::none);
    }
}

TEST_CASE("a habit that was kept before copies were counted is read, with none of them")
{
    Account account;
    account.work(30);
    auto first = account.habit.encode();
    first.resize(first.size() - 2 * 2 * 4 - 2 * 12 * 2); // two peaks and the hours of two counters
    first[0] = 1;
    const auto kept = Habit::decode(first);
    REQUIRE(kept);
    CHECK(kept->encode() == account.habit.encode());
    first[0] = 2;
    CHECK_FALSE(Habit::decode(first));
}

TEST_CASE("a habit is kept as octets, and nothing else is one")
{
    Account account;
    account.work(30);
    auto kept = Habit::decode(account.habit.encode());
    REQUIRE(kept);
    CHECK(kept->encode() == account.habit.encode());
    CHECK(account.habit.encode().size() < 2048);
    CHECK_FALSE(Habit::decode("nonsense"));
    auto other = account.habit.encode();
    other[0] = 9;
    CHECK_FALSE(Habit::decode(other));
}

TEST_CASE("a clock that was ahead for one mail is held against nobody")
{
    Account account;
    account.work(30);
    const auto right = account.now;
    account.now += 365 * 24h;
    account.send(1);
    account.now = right;
    CHECK(account.work(30) == Brake::none);
}
