// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/faulty_disk.hpp"
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace std::chrono_literals;
using storage::Attempt;
using storage::Commit;
using storage::RowState;
using Fault = FaultyDisk::Fault;

namespace {
/// A gateway on a disk that fails as the test says; the windows are those of promise §4.
struct Machine {
    Directory directory;
    FaultyDisk disk;
    net::TestEnv env;
    net::Loop loop{env};
    int life = 0;
    storage::Settings settings{.inline_body = 20'000, .reopen_pause = 1ms};
    std::optional<storage::Storage> storage;

    Machine() { start(); }
    std::string folder() const { return directory.path() + "/" + std::to_string(life); }
    void start()
    {
        settings.directory = folder();
        auto opened = storage::open(settings, env, disk);
        INFO((opened ? "" : opened.error()));
        REQUIRE(opened);
        storage = std::move(*opened);
    }
    /// The power goes, and comes back to a disk that kept what was synced and some of the rest.
    void restart_after_cut(std::uint32_t seed)
    {
        disk.cut_power();
        storage.reset();
        const auto before = folder();
        ++life;
        disk.leave_behind(before, folder(), seed);
        start();
    }
    storage::Store& store() { return *storage->store; }
    Commit commit(const mail::Mail& mail, storage::TransactionHash hash = {})
    {
        return wait_for(loop, store().commit(mail, one_row(), hash));
    }
    std::optional<storage::Row> row(std::uint64_t mail)
    {
        return wait_for(loop, store().row(row_id(mail)));
    }
    std::string text(std::uint64_t mail)
    {
        return wait_for(loop, store().message(mail::MailId{mail})).text();
    }
    /// Returns when the store is well again: a record waits for that.
    void wait_until_well()
    {
        wait_for(loop, store().record({{row_id(999), Attempt::Outcome::retry}}));
    }
};

/// A session that owns its mail while it waits.
net::awaitable<void> session(storage::Store& store, std::uint64_t id)
{
    const auto mail = make_mail(id, noise(15'000));
    co_await store.commit(mail, one_row(), {});
}

/// Cuts the power before the Nth step from now.
std::function<void()> cut_at(FaultyDisk& disk, int step)
{
    return [&disk, left = step]() mutable {
        if (left-- == 0)
            disk.cut_power();
    };
}
}

TEST_CASE("W5, W10: a power cut at any step of a commit loses only what was not acknowledged")
{
    const auto size = GENERATE(std::size_t{3000}, std::size_t{60'000});
    bool is_through = false;
    for (int step = 0; !is_through; ++step) {
        CAPTURE(size, step);
        Machine machine;
        const auto first = make_mail(1, noise(size));
        REQUIRE(machine.commit(first) == Commit::done);
        machine.disk.before_each_step(cut_at(machine.disk, step));
        const auto second = make_mail(2, noise(size + 1));
        const auto answer = machine.commit(second);
        is_through = answer == Commit::done;
        machine.restart_after_cut(static_cast<std::uint32_t>(step));
        REQUIRE(machine.row(1));
        CHECK((machine.text(1) == first.message.text()));
        CHECK((machine.row(2).has_value() || !is_through));
        if (machine.row(2))
            CHECK((machine.text(2) == second.message.text()));
        const auto left = machine.store().usage();
        CHECK(left.bodies == left.waiting);
        REQUIRE(step < 200);
    }
}

TEST_CASE("W10: whatever was acknowledged before a power cut is there after it")
{
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        Machine machine;
        machine.disk.before_each_step(cut_at(machine.disk, static_cast<int>(seed * 37)));
        std::vector<std::uint64_t> acknowledged;
        for (std::uint64_t id = 1; id <= 40; ++id)
            if (machine.commit(make_mail(id, noise(9000))) == Commit::done)
                acknowledged.push_back(id);
        machine.restart_after_cut(seed);
        for (const auto id : acknowledged)
            CHECK(machine.text(id).size() > 9000);
        CHECK(machine.store().usage().waiting >= acknowledged.size());
    }
}

TEST_CASE("W10: a power cut while the log is moved into the database loses nothing")
{
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        Machine machine;
        machine.settings.inline_body = 4 << 20;
        machine.storage.reset();
        machine.start();
        std::uint64_t id = 0;
        // Just short of the thousand pages at which the log is moved.
        while (id < 5)
            REQUIRE(machine.commit(make_mail(++id, noise(3 << 20))) == Commit::done);
        machine.disk.before_each_step(cut_at(machine.disk, static_cast<int>(150 + seed * 150)));
        std::vector<std::uint64_t> acknowledged{1, 2, 3, 4, 5};
        while (machine.commit(make_mail(++id, noise(1 << 20))) == Commit::done)
            acknowledged.push_back(id);
        machine.restart_after_cut(seed);
        for (const auto one : acknowledged)
            CHECK(machine.text(one).size() > (1 << 20));
    }
}

TEST_CASE("W6: a retry of what was committed before the cut finds the same id")
{
    Machine machine;
    const storage::TransactionHash hash{7, 7};
    machine.commit(make_mail(1), hash);
    machine.restart_after_cut(1);
    CHECK(wait_for(machine.loop, machine.store().find(hash, machine.env.wall_now() - 24h))
          == mail::MailId{1});
}

TEST_CASE("W7: a delivery that was not recorded is repeated once")
{
    Machine machine;
    machine.commit(make_mail(1));
    const auto take = [&] {
        return wait_for(machine.loop, machine.store().due(machine.env.wall_now(), 10)).size();
    };
    REQUIRE(take() == 1);
    machine.restart_after_cut(1);
    CHECK(take() == 1);
    CHECK(take() == 0);
    wait_for(machine.loop,
             machine.store().record({{row_id(1), Attempt::Outcome::delivered, "250"}}));
    machine.restart_after_cut(2);
    CHECK(take() == 0);
}

TEST_CASE("W8: a failed sync stops the store, nothing is acknowledged, and it comes back verified")
{
    Machine machine;
    REQUIRE(machine.commit(make_mail(1)) == Commit::done);
    machine.disk.fail_syncs(Fault::broken);
    CHECK(machine.commit(make_mail(2)) == Commit::stopped);
    CHECK(machine.store().usage().is_stopped);
    CHECK_FALSE(machine.store().usage().problem.empty());
    CHECK(machine.commit(make_mail(3)) == Commit::stopped);
    CHECK(wait_for(machine.loop, machine.store().due(machine.env.wall_now(), 10)).empty());
    CHECK_THROWS_AS(wait_for(machine.loop, machine.store().hold({row_id(1)}, "")),
                    storage::Unavailable);
    machine.disk.fail_syncs(Fault::none);
    machine.wait_until_well();
    CHECK_FALSE(machine.store().usage().is_stopped);
    CHECK(machine.store().usage().problem.empty());
    CHECK(machine.commit(make_mail(4)) == Commit::done);
    CHECK(machine.row(1));
    CHECK(machine.row(4));
    CHECK_FALSE(machine.row(3));
}

TEST_CASE("W8: a failed sync of a large body stops the store too and leaves no file")
{
    Machine machine;
    machine.disk.fail_syncs(Fault::broken, "bodies", 1);
    CHECK(machine.commit(make_mail(1, noise(60'000))) == Commit::stopped);
    machine.wait_until_well();
    CHECK_FALSE(machine.row(1));
    CHECK(std::filesystem::is_empty(machine.folder() + "/bodies"));
    CHECK(machine.commit(make_mail(2, noise(60'000))) == Commit::done);
}

TEST_CASE("W8: what a delivery made of a row waits for the store to be well")
{
    Machine machine;
    machine.commit(make_mail(1));
    wait_for(machine.loop, machine.store().due(machine.env.wall_now(), 10));
    machine.disk.fail_syncs(Fault::broken, "mail.db", 3);
    wait_for(machine.loop,
             machine.store().record({{row_id(1), Attempt::Outcome::delivered, "250"}}));
    CHECK(machine.row(1)->state == RowState::delivered);
    machine.restart_after_cut(1);
    CHECK(machine.row(1)->state == RowState::delivered);
}

TEST_CASE("W9: a full disk refuses mail for now and is no fault of the store")
{
    Machine machine;
    const auto size = GENERATE(std::size_t{3000}, std::size_t{60'000});
    const auto part = GENERATE(as<std::string>{}, "mail.db", "bodies");
    const bool is_hit = part == "mail.db" || size > 20'000;
    machine.disk.fail_writes(Fault::full, part);
    CHECK(machine.commit(make_mail(1, noise(size))) == (is_hit ? Commit::full : Commit::done));
    CHECK_FALSE(machine.store().usage().is_stopped);
    machine.disk.fail_writes(Fault::none);
    CHECK(machine.commit(make_mail(2, noise(size))) == Commit::done);
    CHECK(machine.row(1).has_value() == !is_hit);
    CHECK(machine.store().usage().waiting == (is_hit ? 1 : 2));
    // A large body whose row found no room is swept.
    wait_for(machine.loop, machine.store().sweep(machine.env.wall_now()));
    const auto files
        = std::distance(std::filesystem::directory_iterator{machine.folder() + "/bodies"}, {});
    CHECK(files == (size <= 20'000 ? 0 : is_hit ? 1 : 2));
}

TEST_CASE("W9: what a delivery made of a row waits for room")
{
    Machine machine;
    machine.commit(make_mail(1));
    wait_for(machine.loop, machine.store().due(machine.env.wall_now(), 10));
    machine.disk.fail_writes(Fault::full, "mail.db", 3);
    wait_for(machine.loop,
             machine.store().record({{row_id(1), Attempt::Outcome::delivered, "250"}}));
    CHECK(machine.row(1)->state == RowState::delivered);
}

TEST_CASE("a large body without a row is swept when the store opens")
{
    Machine machine;
    machine.storage.reset();
    const auto stray = machine.folder() + "/bodies/" + mail::MailId{5}.to_string();
    machine.disk.create(machine.folder() + "/bodies", mail::MailId{5}.to_string(),
                        [](const storage::Files::Write& write) { write("plain text"); });
    REQUIRE(std::filesystem::exists(stray));
    machine.start();
    CHECK_FALSE(std::filesystem::exists(stray));
}

TEST_CASE("a stored message that was damaged is not sent")
{
    Machine machine;
    machine.commit(make_mail(1, noise(60'000)));
    const auto path = machine.folder() + "/bodies/" + mail::MailId{1}.to_string();
    SECTION("a byte differs")
    {
        std::fstream{path, std::ios::binary | std::ios::in | std::ios::out}.seekp(30'000).put('!');
    }
    SECTION("cut off") { std::filesystem::resize_file(path, 30'000); }
    SECTION("longer") { std::filesystem::resize_file(path, 90'000); }
    SECTION("missing") { std::filesystem::remove(path); }
    CHECK_THROWS(machine.text(1));
    CHECK_FALSE(machine.store().usage().is_stopped);
}

TEST_CASE("a commit that nobody waits for any more does not touch the mail that is gone")
{
    Machine machine;
    for (int i = 0; i < 20; ++i) {
        net::Loop loop{machine.env};
        loop.spawn("test", session(machine.store(), static_cast<std::uint64_t>(10 + i)));
        loop.post([&loop] { loop.stop(); });
        loop.run();
        // The loop's end destroys the session, and with it the mail that it owns.
    }
    CHECK(machine.commit(make_mail(2)) == Commit::done);
}
