// SPDX-License-Identifier: Apache-2.0
#include "storage/set_aside.hpp"
#include "storage/sqlite/database.hpp"
#include "tests/unit/storage/faulty_disk.hpp"
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace std::chrono_literals;
using storage::Commit;
using storage::RowState;

namespace {
/// Eight waiting mails, to as many recipients, in a data directory that was closed again.
struct Waiting : Gateway {
    Waiting()
    {
        settings.reopen_pause = 1ms;
        for (std::uint64_t id = 1; id <= 8; ++id)
            CHECK(commit(make_mail(id, noise(3000)),
                         row_to("bob" + std::to_string(id) + "@b.example"))
                  == Commit::done);
        storage.reset();
    }
    void run(const std::string& sql) const
    {
        storage::sqlite::Database::Options options;
        options.path = directory.path() + "/mail.db";
        options.mode = storage::sqlite::Database::Mode::write;
        storage::sqlite::Database{options}.run(sql);
    }
    bool open_on(FaultyDisk& disk)
    {
        auto opened = storage::open(settings, env, disk);
        if (opened)
            storage = std::move(*opened);
        return opened.has_value();
    }
};
}

TEST_CASE("a row that cannot be read is held, is listed, and stops no other")
{
    Waiting queue;
    queue.run("UPDATE mails SET sender = 'garbage' WHERE id = 3");
    queue.open();
    CHECK(queue.list().size() == 8);
    CHECK(queue.due().size() == 7);
    CHECK(queue.due().empty());
    const auto row = wait_for(queue.loop, queue.store().row(row_id(3)));
    REQUIRE(row);
    CHECK(row->state == RowState::held);
    CHECK(row->reason == "delivery.failed");
    CHECK(wait_for(queue.loop, queue.store().release({row_id(3)}, queue.env.wall_now())) == 1);
    CHECK(queue.due().empty());
    CHECK(queue.state(3) == RowState::held);
}

TEST_CASE("a row whose mail is gone stops no other and does not come again and again")
{
    Waiting queue;
    queue.run("DELETE FROM mails WHERE id = 3");
    queue.open();
    CHECK(queue.due().size() == 7);
    CHECK_FALSE(wait_for(queue.loop, queue.store().next_due()));
    CHECK(queue.store().usage().waiting == 7);
}

TEST_CASE("whichever read fails while due rows are looked for, each comes later, and once")
{
    bool was_met = true;
    for (unsigned place = 0; was_met; ++place) {
        REQUIRE(place < 200);
        Waiting queue;
        FaultyDisk disk;
        REQUIRE(queue.open_on(disk));
        disk.fail_reads("mail.db", place, 1);
        std::size_t found = 0;
        try {
            found = queue.due().size();
        } catch (const storage::Unavailable&) {
            CHECK(disk.has_failed_reads());
        }
        was_met = disk.has_failed_reads();
        disk.fail_reads("mail.db", 0, 0);
        const auto limit = std::chrono::steady_clock::now() + 10s;
        while (found < 8 && std::chrono::steady_clock::now() < limit)
            found += queue.due().size();
        CAPTURE(place);
        CHECK(found == 8);
        queue.storage.reset();
    }
}

TEST_CASE("a read that fails at the start refuses the start and leaves mail.db as it is")
{
    Waiting queue;
    unsigned refused = 0;
    bool was_met = true;
    for (unsigned place = 0; was_met; ++place) {
        REQUIRE(place < 500);
        FaultyDisk disk;
        disk.fail_reads("/mail.db", place, 1);
        refused += queue.open_on(disk) ? 0 : 1;
        was_met = disk.has_failed_reads();
        queue.storage.reset();
        CAPTURE(place);
        REQUIRE(storage::set_aside_in(queue.directory.path()).empty());
        CHECK_FALSE(std::filesystem::exists(queue.directory.path() + "/mail.db.rescued"));
    }
    CHECK(refused > 3);
    queue.open();
    CHECK(queue.due().size() == 8);
}

TEST_CASE("a history that the disk cannot read does not keep the gateway from starting")
{
    Waiting queue;
    FaultyDisk disk;
    disk.fail_reads("/history.db", 1, 1);
    CHECK(queue.open_on(disk));
    CHECK(disk.has_failed_reads());
    queue.storage.reset();
}

TEST_CASE("giving rows back does not stop the loop while the disk is slow")
{
    Waiting queue;
    FaultyDisk disk;
    REQUIRE(queue.open_on(disk));
    REQUIRE(queue.due(1).size() == 1);
    queue.commit(make_mail(9), row_to("new@b.example")); // the reader's pages are no longer new
    std::promise<void> free;
    const auto freed = free.get_future().share();
    std::atomic<bool> is_reading{false}, was_stuck{false};
    disk.before_reads([&] {
        is_reading = true;
        if (freed.wait_for(3s) == std::future_status::timeout)
            was_stuck = true;
    });
    const auto look = [&]() -> net::awaitable<void> {
        CHECK((co_await queue.store().due(queue.env.wall_now(), 100)).size() == 8);
    };
    const auto give_back = [&]() -> net::awaitable<void> {
        while (!is_reading)
            std::this_thread::yield();
        queue.loop.post([&] { free.set_value(); });
        co_await queue.store().give_back({row_id(1)});
    };
    support::run(queue.loop, look(), give_back());
    CHECK(is_reading);
    CHECK_FALSE(was_stuck);
    disk.before_reads(nullptr);
    CHECK(queue.due().size() == 1);
    queue.storage.reset();
}
