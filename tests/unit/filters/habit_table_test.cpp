// SPDX-License-Identifier: Apache-2.0
#include "filters/habit_table.hpp"
#include "tests/unit/filters/folder.hpp"

#include <catch2/catch.hpp>

using filters::AccountBrake;
using filters::Brake;
using filters::BrakeSettings;
using filters::HabitTable;
using namespace std::chrono_literals;

namespace {
/// Accounts that send, and what is told of them.
struct Office {
    explicit Office(storage::Records* records = nullptr) : table{records}
    {
        table.on_change([this](const AccountBrake& one) {
            told.push_back(one.account + " " + std::string{filters::to_string(one.brake)});
        });
    }
    Brake send(const std::string& account, unsigned recipients = 1)
    {
        std::vector<std::uint64_t> hashes;
        for (unsigned i = 0; i < recipients; ++i)
            hashes.push_back(++next * 0x9E3779B97F4A7C15ULL);
        return table.take(account, account + "@b.example", hashes, now, settings).brake;
    }
    HabitTable table;
    BrakeSettings settings;
    HabitTable::WallTime now{std::chrono::seconds{1'767'571'200}};
    std::vector<std::string> told;
    std::uint64_t next = 0;
};
}

TEST_CASE("brake: an account taken over after sixty quiet days is stopped within ten messages")
{
    Office office;
    for (int day = 0; day < 30; ++day, office.now += 24h)
        for (int mail = 0; mail < 5; ++mail)
            REQUIRE(office.send("ann") == Brake::none);
    office.now += 60 * 24h;
    unsigned passed = 0;
    for (int mail = 0; mail < 500; ++mail, office.now += 1200ms) {
        passed += office.send("ann") == Brake::none;
        if (mail % 50 == 0)
            CHECK(office.send("bob") == Brake::none);
    }
    CHECK(passed <= 10);
    CHECK(office.table.lock_of("ann", office.now));
    CHECK_FALSE(office.table.lock_of("bob", office.now));
    REQUIRE_FALSE(office.told.empty());
    CHECK(office.told.front() == "ann slow");
    CHECK(office.told.back() == "ann lock");
}

TEST_CASE("brake: who is slowed down sends a mail a minute, and is free when it is calm again")
{
    Office office;
    for (int mail = 0; mail < 59; ++mail)
        REQUIRE(office.send("ann") == Brake::none);
    CHECK(office.send("ann") == Brake::none); // the first of those that go slowly
    CHECK(office.send("ann") == Brake::slow);
    office.now += 61s;
    CHECK(office.send("ann") == Brake::none);
    CHECK(office.send("ann") == Brake::slow);
    office.now += 2h;
    CHECK(office.send("ann") == Brake::none);
    CHECK(office.told == std::vector<std::string>{"ann slow", "ann none"});
}

TEST_CASE("brake: what pushes on and on against a slow brake is held for a person, not refused")
{
    Office office;
    unsigned passed = 0, later = 0, held = 0;
    for (int mail = 0; mail < 175; ++mail) {
        const auto brake = office.send("teacher");
        passed += brake == Brake::none;
        later += brake == Brake::slow;
        held += brake == Brake::hold;
    }
    CHECK(passed == 60);
    CHECK(later == office.settings.pushes - 1);
    CHECK(passed + later + held == 175);
    CHECK(office.told == std::vector<std::string>{"teacher slow", "teacher hold"});
}

TEST_CASE("brake: a lock ends by itself, and each further one takes longer")
{
    Office office;
    CHECK(office.send("ann", 700) == Brake::lock);
    CHECK(office.send("ann") == Brake::lock);
    office.now += 4h - 1s;
    CHECK(office.send("ann") == Brake::lock);
    office.now += 1s;
    CHECK(office.send("ann") == Brake::none);
    CHECK(office.send("ann", 700) == Brake::lock);
    office.now += 5h;
    CHECK(office.send("ann") == Brake::lock);
    office.now += 3h;
    CHECK(office.send("ann") == Brake::none);
}

TEST_CASE("brake: a person frees an account, locks one, or exempts it for a time")
{
    Office office;
    CHECK_FALSE(office.table.release("ann", office.now));
    REQUIRE(office.send("ann", 700) == Brake::lock);
    CHECK(office.table.release("ann", office.now));
    CHECK(office.send("ann") == Brake::none);
    CHECK(office.table.exempt("ann", std::chrono::floor<std::chrono::seconds>(office.now) + 1h));
    CHECK(office.send("ann", 900) == Brake::none);
    office.now += 2h;
    const auto until = std::chrono::floor<std::chrono::seconds>(office.now) + 30min;
    CHECK(office.table.lock("bob", "asked by the dean", until, office.now));
    CHECK(office.send("bob") == Brake::lock);
    const auto braked = office.table.list(false, "", 10, office.now);
    REQUIRE(braked.size() == 1);
    CHECK(braked.front().why == "asked by the dean");
    CHECK(office.table.list(true, "", 10, office.now).size() == 2);
    office.now += 31min;
    office.table.sweep(office.now);
    CHECK(office.table.list(false, "", 10, office.now).empty());
    CHECK(office.told.back() == "bob none");
}

TEST_CASE("brake: what was saved holds after a restart, and is told again")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::habits};
    {
        Office office{&records};
        REQUIRE(office.send("ann", 700) == Brake::lock);
        office.table.save();
    }
    Office again;
    again.table.keep_in(&records);
    CHECK(again.told == std::vector<std::string>{"ann lock"});
    CHECK(again.send("ann") == Brake::lock);
}

TEST_CASE("brake: a lock is on whoever used the envelope sender last")
{
    Office office;
    const auto uses = [&](const std::string& account) {
        const std::uint64_t recipient = 1;
        office.table.take(account, "ann@b.example", {&recipient, 1}, office.now, office.settings);
    };
    const auto is_locked = [&] { return office.table.lock_over("ann@b.example", office.now); };
    uses("login");
    CHECK_FALSE(is_locked());
    const auto until = std::chrono::floor<std::chrono::seconds>(office.now) + 1h;
    REQUIRE(office.table.lock("login", "by hand", until, office.now));
    REQUIRE(is_locked());
    CHECK(is_locked()->account == "login");
    uses("ann@b.example");
    CHECK_FALSE(is_locked());
    REQUIRE(office.table.lock("ann@b.example", "by hand", until, office.now));
    CHECK(is_locked());
    office.now += 1h;
    CHECK_FALSE(is_locked());
}

TEST_CASE("brake: whom a person exempted or locked makes no room for others")
{
    Office office;
    const auto until = std::chrono::floor<std::chrono::seconds>(office.now) + 24h;
    CHECK(office.send("exempt") == Brake::none);
    REQUIRE(office.table.exempt("exempt", until));
    REQUIRE(office.table.lock("locked", "by hand", until, office.now));
    CHECK(office.send("usual") == Brake::none);
    office.now += 1min;
    for (std::size_t i = 0; i <= HabitTable::most; ++i)
        (void)office.send(std::to_string(i));
    CHECK(office.table.size() <= HabitTable::most);
    CHECK(office.table.find("exempt"));
    CHECK(office.table.find("locked"));
    CHECK_FALSE(office.table.find("usual"));
}

TEST_CASE("brake: names that are none are left alone")
{
    Office office;
    CHECK(office.send("", 5000) == Brake::none);
    CHECK(office.send("a\nb", 5000) == Brake::none);
    CHECK(office.send(std::string(400, 'a'), 5000) == Brake::none);
    CHECK(office.table.size() == 0);
}
