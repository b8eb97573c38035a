// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/utf8.hpp"
#include "tests/unit/storage/gateway.hpp"
#include "tests/unit/storage/history_entry.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

using namespace std::chrono_literals;
using storage::HistoryQuery;
using storage::HistoryRow;

namespace {
struct Archive : Gateway {
    storage::History& history() { return *storage->history; }
    void record(std::uint64_t mail, storage::WallTime time, auto... change)
    {
        auto row = make_entry(mail, time);
        (change(row), ...);
        history().record(std::move(row));
    }
    void settle() { wait_for(loop, history().settle()); }
    std::vector<HistoryRow> rows(HistoryQuery query)
    {
        return wait_for(loop, history().search(std::move(query)));
    }
    std::vector<std::uint64_t> ids(HistoryQuery query)
    {
        std::vector<std::uint64_t> ids;
        for (const auto& row : rows(std::move(query)))
            ids.push_back(row.id.mail.value());
        return ids;
    }
};
using Ids = std::vector<std::uint64_t>;
}

TEST_CASE("a history row comes back whole")
{
    Archive archive;
    const auto time = archive.env.wall_now();
    archive.record(1, time);
    archive.settle();
    const auto rows = archive.rows({});
    REQUIRE(rows.size() == 1);
    const auto wanted = make_entry(1, time);
    const auto& row = rows[0];
    CHECK(row.id == wanted.id);
    CHECK(row.time == time);
    CHECK(row.stage == wanted.stage);
    CHECK(row.direction == wanted.direction);
    CHECK(row.listener == wanted.listener);
    CHECK(row.client == wanted.client);
    CHECK(row.helo == wanted.helo);
    CHECK(row.sender == wanted.sender);
    CHECK(row.recipient == wanted.recipient);
    CHECK(row.from == wanted.from);
    CHECK(row.subject == wanted.subject);
    CHECK(row.message_id == wanted.message_id);
    CHECK(row.size == wanted.size);
    CHECK(row.action == wanted.action);
    CHECK(row.rule == wanted.rule);
    CHECK(row.step == wanted.step);
    CHECK(row.score == wanted.score);
    CHECK(row.findings == wanted.findings);
    CHECK(row.timings == wanted.timings);
    CHECK(row.reply == wanted.reply);
    CHECK(row.delivery.empty());
    CHECK(row.sending_domain == wanted.sending_domain);
}

TEST_CASE("rows recorded out of the order of their times are found by time")
{
    Archive archive;
    const auto now = archive.env.wall_now();
    archive.record(1, now);
    archive.record(2, now - 40 * 24h);
    archive.record(3, now + 1min);
    archive.settle();
    CHECK(archive.ids({.until = now - 30 * 24h}) == Ids{2});
    CHECK(archive.ids({.since = now}) == Ids{3, 1});
}

TEST_CASE("what became of a row later is added to it")
{
    Archive archive;
    archive.record(1, archive.env.wall_now());
    archive.history().note_delivery(row_id(1), "delivered: 250 ok");
    archive.history().note_delivery(row_id(2), "nobody knows this one");
    archive.settle();
    CHECK(archive.rows({})[0].delivery == "delivered: 250 ok");
    archive.history().note_delivery(row_id(1), "later");
    archive.settle();
    CHECK(archive.rows({})[0].delivery == "later");
}

TEST_CASE("hostile text is cut and made valid")
{
    Archive archive;
    archive.record(1, archive.env.wall_now(), [](HistoryRow& row) {
        row.helo = std::string(2000, 'x');
        row.subject = "bad \xff\xfe bytes";
        row.from = std::string(511, 'y') + "\xe3\x81\x82";
    });
    archive.settle();
    const auto row = archive.rows({})[0];
    CHECK(row.helo == std::string(512, 'x'));
    CHECK(mail::is_utf8(row.subject));
    CHECK_THAT(row.subject, Catch::StartsWith("bad \xef\xbf\xbd") && Catch::EndsWith(" bytes"));
    CHECK(row.from == std::string(511, 'y'));
}

TEST_CASE("sweeping history drops old rows")
{
    Archive archive;
    const auto now = archive.env.wall_now();
    for (std::uint64_t id = 1; id <= 20; ++id)
        archive.record(id, now - std::chrono::days{20 - id});
    archive.settle();
    CHECK(wait_for(archive.loop, archive.history().sweep(now - 10 * 24h)) == 9);
    CHECK(archive.ids({.text = "Message number"}).size() == 11);
    CHECK(archive.ids({.sender = "Ann5@a.example"}).empty());
    CHECK(archive.ids({.sender = "Ann15@a.example"}) == Ids{15});
    CHECK(wait_for(archive.loop, archive.history().sweep(now - 10 * 24h)) == 0);
    CHECK(wait_for(archive.loop, archive.history().sweep(now + 24h)) == 11);
    CHECK(archive.ids({}).empty());
    archive.record(21, now);
    archive.settle();
    CHECK(archive.ids({}) == Ids{21});
}

TEST_CASE("history is written when the gateway closes")
{
    Archive archive;
    archive.record(1, archive.env.wall_now());
    archive.restart();
    CHECK(archive.ids({}) == Ids{1});
}

TEST_CASE("a damaged history database is put aside and begun anew; mail is not touched")
{
    Archive archive;
    archive.commit(make_mail(1), one_row());
    archive.record(1, archive.env.wall_now());
    archive.settle();
    archive.storage.reset();
    const auto path = archive.directory.path() + "/history.db";
    std::ofstream{path, std::ios::binary | std::ios::in} << std::string(4096, 'x');
    archive.open();
    CHECK(archive.ids({}).empty());
    archive.record(2, archive.env.wall_now());
    archive.settle();
    CHECK(archive.ids({}) == Ids{2});
    CHECK(archive.due().size() == 1);
    bool is_kept = false;
    for (const auto& entry : std::filesystem::directory_iterator{archive.directory.path()})
        is_kept |= entry.path().string().find("history.db.damaged-") != std::string::npos;
    CHECK(is_kept);
}

TEST_CASE("recording drops rows past its bound instead of waiting, and counts them")
{
    Archive archive;
    constexpr std::size_t count = 200'000;
    for (std::size_t i = 1; i <= count; ++i)
        archive.history().record(HistoryRow{.id = row_id(i)});
    archive.settle();
    const auto kept = archive.rows({.limit = count + 1}).size();
    CHECK(kept + archive.history().dropped() == count);
    CHECK(kept >= 16384);
}

TEST_CASE("among a hundred thousand rows a search reads few")
{
    Archive archive;
    const auto start = archive.env.wall_now();
    for (std::uint64_t id = 1; id <= 100'000; ++id) {
        archive.record(id, start + std::chrono::milliseconds{id});
        if (id % 4096 == 0)
            archive.settle();
    }
    archive.settle();
    CHECK(archive.history().dropped() == 0);
    CHECK(archive.ids({.sender = "ann77@a.example"}) == Ids{77});
    CHECK(archive.ids({.message_id = "99999@a.example"}) == Ids{99'999});
    CHECK(archive.ids({.text = "number 4321\n"}).empty());
    CHECK(archive.ids({.text = "number 43210"}) == Ids{43'210});
    CHECK(archive.ids({.recipient_domain = "b.example", .limit = 2}) == Ids{100'000, 99'999});
}

TEST_CASE("refused recipients of one mail have rows of their own, and pages lose none")
{
    Archive archive;
    for (int i = 0; i < 5; ++i)
        archive.record(1, archive.env.wall_now(), [](HistoryRow& row) { row.id.number = 0; });
    archive.record(1, archive.env.wall_now());
    archive.settle();
    archive.history().note_delivery(row_id(1), "delivered");
    archive.settle();
    std::set<storage::RowId> seen;
    HistoryQuery query;
    query.limit = 2;
    for (auto page = archive.rows(query); !page.empty(); page = archive.rows(query)) {
        for (const auto& row : page) {
            CHECK((row.delivery == "delivered") == (row.id == row_id(1)));
            seen.insert(row.id);
        }
        query.after = page.back().id;
    }
    CHECK(seen.size() == 6);
}
