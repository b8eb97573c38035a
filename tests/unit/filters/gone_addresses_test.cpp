// SPDX-License-Identifier: Apache-2.0
#include "filters/gone_addresses.hpp"
#include "filters/habit_table.hpp"
#include "filters/roster.hpp"
#include "filters/sender_directory.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"

#include <stdexcept>

using namespace filters;
using namespace filters::test;
using Answer = RecipientVerifier::Answer;
using Told = std::map<std::string, Gone, std::less<>>;

namespace {
struct Check final : RecipientVerifier {
    std::map<std::string, Answer> answers;
    unsigned asked = 0;
    net::awaitable<Result> verify(mail::Mailbox address) override
    {
        ++asked;
        const auto found = answers.find(address.key());
        co_return Result{found == answers.end() ? Answer::known : found->second, {}};
    }
    std::optional<Result> known(const mail::Mailbox&) override { return std::nullopt; }
};

struct People final : SenderDirectory {
    bool is_away = false, is_whole = true;
    net::awaitable<std::optional<std::vector<std::string>>>
    addresses_of(std::string account) override
    {
        if (is_away)
            throw std::runtime_error{"away"};
        if (account == "ann")
            co_return std::vector<std::string>{"ann@b.example"};
        co_return std::nullopt;
    }
    bool knows_all() const override { return is_whole; }
};

/// Accounts that sent, in the table of the process, and a list.
struct Site : World {
    net::Loop loop{env};
    net::WorkerPool pool{1};
    Check check;
    People people;
    GoneRounds rounds{services};
    Site()
    {
        services.pool = &pool;
        services.recipients = &check;
        SenderDirectory::keep(services, people);
        for (const auto* account :
             {"bob@b.example", "old@b.example", "old@far.example", "ann", "eve", "staff@b.example"})
            HabitTable::here().take(account, account, {}, env.wall_now(), {});
        Rosters rosters;
        rosters.lists["staff@b.example"]
            = {.file = "x", .members = {"left@b.example", "bob@b.example"}};
        Rosters::put_here(std::make_shared<const Rosters>(std::move(rosters)));
        for (const auto* gone : {"old@b.example", "left@b.example", "staff@b.example"})
            check.answers[gone] = Answer::unknown;
    }
    ~Site()
    {
        Rosters::put_here(std::make_shared<const Rosters>());
        GoneAddresses::put_here(std::make_shared<const GoneAddresses>());
    }
    Told round()
    {
        support::run(loop, rounds.look());
        return GoneAddresses::here()->all;
    }
};
}

TEST_CASE_METHOD(Site, "accounts and members of lists that nobody knows are gone, lists are not")
{
    CHECK(round()
          == Told{{"eve", Gone::sign_in},
                  {"left@b.example", Gone::address},
                  {"old@b.example", Gone::address}});
}

TEST_CASE_METHOD(Site, "a name is nobody's only where a directory knows everybody")
{
    people.is_whole = false;
    CHECK_FALSE(round().contains("eve"));
}

TEST_CASE_METHOD(Site, "while nobody can be asked it stays as it was, and few are asked")
{
    const auto before = round();
    people.is_away = true;
    for (const auto* address : {"bob@b.example", "left@b.example", "old@b.example"})
        check.answers[address] = Answer::unavailable;
    check.asked = 0;
    CHECK(round() == before);
    CHECK(check.asked == 1);
    check.answers.clear();
    people.is_away = false;
    CHECK(round() == Told{{"eve", Gone::sign_in}});
}

TEST_CASE_METHOD(Site, "a round is due after hours, or when lists or configuration change")
{
    const std::shared_ptr<const void> first = std::make_shared<int>(1);
    const std::shared_ptr<const void> second = std::make_shared<int>(2);
    const auto is_due = [&](const auto& configuration) {
        if (!rounds.is_due(configuration))
            return false;
        round();
        return true;
    };
    CHECK(is_due(first));
    CHECK_FALSE(is_due(first));
    CHECK(is_due(second));
    env.advance(std::chrono::hours{5});
    CHECK_FALSE(is_due(second));
    env.advance(std::chrono::hours{2});
    CHECK(is_due(second));
    Rosters::put_here(std::make_shared<const Rosters>());
    CHECK(is_due(second));
}
