// SPDX-License-Identifier: Apache-2.0
#include "filters/report_table.hpp"
#include "tests/unit/filters/folder.hpp"

#include <catch2/catch.hpp>

using filters::ReportTable;
using filters::content::ReceivedReport;
using Taken = ReportTable::Taken;

namespace {
const ReportTable::Time now{std::chrono::seconds{1'790'100'000}};
ReportTable::Page page(std::size_t limit = 100)
{
    ReportTable::Page all{.is_wanted = [](const std::string&) { return true; }};
    all.limit = limit;
    return all;
}
ReceivedReport aggregate(std::string id, std::string source = "192.0.2.1", std::uint64_t mails = 3)
{
    ReceivedReport report{.organization = "far", .id = std::move(id), .domain = "our.example"};
    report.begin = 1'790'000'000;
    report.sources = {{.source = std::move(source), .mails = mails, .proven = 1}};
    return report;
}
ReceivedReport complaint()
{
    ReceivedReport report{.kind = ReceivedReport::Kind::abuse, .organization = "far"};
    report.type = "abuse";
    report.message_id = "1@our.example";
    return report;
}
}

TEST_CASE("reports: sums by day, domain and address, each report once")
{
    ReportTable table;
    CHECK(table.take(aggregate("1"), {}, now) == Taken::counted);
    CHECK(table.take(aggregate("1"), {}, now) == Taken::repeated);
    CHECK(table.take(aggregate("2"), {}, now) == Taken::counted);
    CHECK(table.take(aggregate("3", "192.0.2.2"), {}, now) == Taken::counted);
    const auto rows = table.sources(page());
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].source == "192.0.2.1");
    CHECK(rows[0].day == "2026-09-21");
    CHECK(rows[0].mails == 6);
    CHECK(rows[0].proven == 2);
    CHECK(rows[0].reports == 2);
    CHECK(table.receipts(page()).size() == 3);
}

TEST_CASE("reports: what has an impossible time or says nothing is told, and counts nowhere")
{
    ReportTable table;
    auto early = aggregate("1"), late = aggregate("2");
    early.begin = 1;
    late.begin = now.time_since_epoch().count() + 10 * 86400;
    CHECK(table.take(early, {}, now) == Taken::refused);
    CHECK(table.take(late, {}, now) == Taken::refused);
    CHECK(table.take({.error = "it is no whole XML document"}, {}, now) == Taken::refused);
    CHECK(table.sources(page()).empty());
    const auto receipts = table.receipts(page());
    REQUIRE(receipts.size() == 3);
    CHECK(std::ranges::count(receipts, "its time is impossible", &filters::ReportReceipt::error)
          == 2);
}

TEST_CASE("reports: pages go on where the last ended, newest first, and show only what is wanted")
{
    ReportTable table;
    for (int i = 0; i < 5; ++i) {
        auto report = aggregate(std::to_string(i));
        report.begin += i * 86400;
        table.take(report, {}, now + std::chrono::days{5});
    }
    auto two = page(2);
    const auto first = table.sources(two);
    REQUIRE(first.size() == 2);
    CHECK(first[0].day == "2026-09-25");
    two.after = first.back().place;
    const auto next = table.sources(two);
    REQUIRE(next.size() == 2);
    CHECK(next[0].day == "2026-09-23");
    auto none = page();
    none.is_wanted = [](const std::string& domain) { return domain == "other.example"; };
    CHECK(table.sources(none).empty());
    auto recent = page();
    recent.since = ReportTable::Time{std::chrono::sys_days{std::chrono::year{2026} / 9 / 24}};
    CHECK(table.sources(recent).size() == 2);
}

TEST_CASE("reports: a complaint about a known account is heard of once")
{
    ReportTable table;
    std::vector<std::string> heard;
    table.on_complaint([&](const auto& one) { heard.push_back(one.of.account); });
    CHECK(table.take(complaint(), {.account = "ann@our.example"}, now) == Taken::counted);
    CHECK(table.take(complaint(), {.account = "ann@our.example"}, now) == Taken::repeated);
    auto unknown = complaint();
    unknown.message_id = "2@our.example";
    table.take(unknown, {}, now);
    CHECK(heard == std::vector<std::string>{"ann@our.example"});
    CHECK(table.complaints(page()).size() == 2);
}

TEST_CASE("reports: a complaint that was kept before aliases and lists were known is read")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::reports};
    const std::array<storage::Records::Change, 1> before{
        {{1,
          "a8209899999 0123\nann@our.example\t1790100000\tabuse\tfar\t192.0.2.1\t"
          "x@far.example\t1@our.example\t"}}};
    records.write(before);
    const ReportTable table{&records};
    const auto rows = table.complaints(page());
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().of == filters::Departure{.account = "ann@our.example"});
    CHECK(rows.front().message_id == "1@our.example");
}

TEST_CASE("reports: the oldest makes room, on its own shelf alone")
{
    ReportTable table;
    table.take(aggregate("a"), {}, now);
    for (std::size_t i = 0; i <= ReportTable::most[2]; ++i) {
        auto one = complaint();
        one.message_id = std::to_string(i);
        table.take(one, {.account = "ann@our.example"}, now + std::chrono::seconds{i});
    }
    const auto all = table.complaints(page(100'000));
    CHECK(all.size() == ReportTable::most[2]);
    CHECK(all.back().message_id == "1");
    CHECK(table.sources(page()).size() == 1);
}

TEST_CASE("reports: a restart forgets nothing and counts nothing twice")
{
    const filters::test::Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::reports};
    {
        ReportTable table{&records};
        table.take(aggregate("1"), {}, now);
        auto tls = ReceivedReport{.kind = ReceivedReport::Kind::tls, .organization = "far"};
        tls.begin = 1'790'000'000;
        tls.sessions = {{.policy = "sts", .domain = "our.example", .succeeded = 5, .failed = 2}};
        table.take(tls, {}, now);
        table.take(complaint(), {.account = "ann@our.example"}, now);
        table.save();
    }
    ReportTable again{&records};
    CHECK(again.take(aggregate("1"), {}, now) == Taken::repeated);
    CHECK(again.sources(page()).size() == 1);
    REQUIRE(again.sessions(page()).size() == 1);
    CHECK(again.sessions(page()).front().failed == 2);
    CHECK(again.complaints(page()).size() == 1);
    CHECK(again.receipts(page()).size() == 3);
}
