// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/history_reader.hpp"
#include "storage/sqlite/history_tables.hpp"
#include "storage/sqlite/history_terms.hpp"
#include "tests/unit/storage/history_entry.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace storage::sqlite;
using storage::HistoryQuery;
using storage::HistoryRow;
using storage::Reach;

namespace {
/// Rows of five people in three domains in turn; every seventh is an alias's whose owner is bob,
/// every thirteenth one that dan sent outside.
struct Log {
    static constexpr std::size_t count = 2 * segment_rows + 300;
    Directory directory;
    storage::WallTime start = net::TestEnv{}.wall_now();
    HistoryTables tables{options(Database::Mode::write)};
    HistoryReader reader{options(Database::Mode::read)};
    std::vector<HistoryRow> rows; ///< newest first

    Log()
    {
        const std::array<std::string, 5> people{"bob@a.test", "carol@a.test", "dan@b.test",
                                                "Eve@B.test", "fay@c.test"};
        for (std::size_t i = 0; i < count; ++i) {
            rows.push_back(make_entry(i + 1, start + std::chrono::seconds{i}));
            rows.back().recipient = i % 7 == 0 ? "office@b.test" : people[i % people.size()];
            rows.back().owner = i % 7 == 0 ? "bob@a.test" : "";
            if (i % 13 == 0) {
                rows.back().direction = mail::Direction::outbound;
                rows.back().recipient = "x@far.test";
                rows.back().owner = "dan@b.test";
                rows.back().sending_domain = "b.test";
            }
            rows.back().subject = i % 11 == 0 ? "lunch" : "tea time";
        }
        for (std::size_t at = 0; at < count; at += 500)
            tables.write(std::span{rows}.subspan(at, std::min<std::size_t>(500, count - at)), {});
        tables.index_segment();
        tables.index_segment();
        std::ranges::reverse(rows);
    }
    Database::Options options(Database::Mode mode) const
    {
        Database::Options options;
        options.path = directory.path() + "/history.db";
        options.mode = mode;
        return options;
    }
    static std::string lower(std::string text)
    {
        std::ranges::transform(text, text.begin(),
                               [](char c) { return static_cast<char>(std::tolower(c)); });
        return text;
    }
    /// The plain truth, row by row.
    bool is_expected(const HistoryRow& row, const HistoryQuery& query, const Reach& reach) const
    {
        const auto owner = row.owner.empty() ? lower(row.recipient) : row.owner;
        const bool is_own = std::ranges::count(reach.addresses(), owner) > 0
            || reach.has_domain(std::string{domain_of(lower(row.recipient))})
            || reach.has_domain(row.sending_domain);
        return (reach.is_everything() || is_own)
            && (query.text.empty() || row.subject.contains(query.text))
            && (query.recipient.empty() || lower(row.recipient) == query.recipient);
    }
    std::vector<storage::RowId> expected(const HistoryQuery& query, const Reach& reach) const
    {
        std::vector<storage::RowId> ids;
        for (const auto& row : rows)
            if (ids.size() < query.limit && is_expected(row, query, reach))
                ids.push_back(row.id);
        return ids;
    }
    std::vector<storage::RowId> found(const HistoryQuery& query, const Reach& reach)
    {
        std::vector<storage::RowId> ids;
        for (const auto& row : reader.search(query, reach))
            ids.push_back(row.id);
        return ids;
    }
};
}

TEST_CASE("history shows what lies within a reach, indexed or not, whatever else is asked")
{
    Log log;
    const auto reaches = std::vector{Reach::everything(),
                                     Reach::nothing(),
                                     Reach::only({}, {"bob@a.test"}),
                                     Reach::only({}, {"bob@a.test", "dan@b.test", "eve@b.test"}),
                                     Reach::only({"b.test"}, {}),
                                     Reach::only({"far.test"}, {}),
                                     Reach::only({"a.test", "c.test"}, {"dan@b.test"}),
                                     Reach::only({"test"}, {"@a.test", "ob@a.test"})};
    const auto queries
        = std::vector<HistoryQuery>{{.limit = 20'000},
                                    {.limit = 7},
                                    {.text = "lunch", .limit = 20'000},
                                    {.recipient = "dan@b.test", .limit = 20'000},
                                    {.recipient = "x@far.test", .limit = 20'000},
                                    {.text = "lunch", .recipient = "office@b.test", .limit = 50}};
    for (std::size_t reach = 0; reach < reaches.size(); ++reach)
        for (std::size_t query = 0; query < queries.size(); ++query) {
            INFO("reach " << reach << ", query " << query);
            const auto found = log.found(queries[query], reaches[reach]);
            const auto expected = log.expected(queries[query], reaches[reach]);
            CHECK(found.size() == expected.size());
            CHECK(found == expected);
        }
}

TEST_CASE("pages of a reach follow each other without a gap")
{
    Log log;
    const auto reach = Reach::only({"c.test"}, {"bob@a.test"});
    HistoryQuery query{.limit = 97};
    std::vector<storage::RowId> all;
    for (auto page = log.found(query, reach); !page.empty(); page = log.found(query, reach)) {
        all.insert(all.end(), page.begin(), page.end());
        query.after = page.back();
    }
    CHECK(all == log.expected({.limit = 20'000}, reach));
}

TEST_CASE("counts beside history say how much there was, by step and in all")
{
    Log log;
    storage::CountQuery query{.kinds = {storage::Tally::action},
                              .since = log.start,
                              .until = log.start + 24h,
                              .step = 300s};
    std::uint64_t sum = 0;
    for (const auto& count : log.reader.counts(query)) {
        CHECK(count.name == "tag");
        sum += count.number;
    }
    CHECK(sum == Log::count);
    query.kinds = {storage::Tally::domain_action};
    query.step = {};
    // Of "b.test" most is what it sends.
    for (const std::string domain : {"b.test", "c.test"}) {
        query.prefix = domain + " ";
        const auto of_domain = log.reader.counts(query);
        REQUIRE(of_domain.size() == 1);
        CHECK(of_domain.front().name == domain + " tag");
        CHECK(of_domain.front().number
              == log.expected({.limit = 20'000}, Reach::only({domain}, {})).size());
    }
    query.kinds = {storage::Tally::client};
    query.prefix = "";
    REQUIRE(log.reader.counts(query).size() == 1);
    CHECK(log.reader.counts(query).front().number == Log::count);
}

TEST_CASE("counts by a prefix of names are those of all names that begin so, step by step")
{
    Log log;
    storage::CountQuery query{.kinds = {storage::Tally::domain_action},
                              .since = log.start - 48h,
                              .until = log.start + 24h,
                              .step = 3600s,
                              .limit = 100'000};
    const auto all = log.reader.counts(query);
    query.prefix = "c.test ";
    const auto of_domain = log.reader.counts(query);
    REQUIRE_FALSE(of_domain.empty());
    std::vector<std::pair<storage::WallTime, std::uint64_t>> expected, found;
    for (const auto& count : all)
        if (count.name.starts_with(query.prefix))
            expected.emplace_back(count.step, count.number);
    for (const auto& count : of_domain)
        found.emplace_back(count.step, count.number);
    CHECK(found == expected);
    query.since = {}; // since ever
    CHECK(log.reader.counts(query).size() == expected.size());
}

TEST_CASE("a level is the most there was in a step, however often somebody looked")
{
    Log log;
    for (const auto& [time, number] : {std::pair{0s, 7U}, std::pair{60s, 9U}, std::pair{120s, 8U},
                                       std::pair{300s, 2U}, std::pair{299s, 1U}})
        log.tables.write_level(log.start + time, "waiting", number);
    storage::CountQuery query{.kinds = {storage::Tally::level},
                              .since = log.start,
                              .until = log.start + 1h,
                              .step = 300s};
    const auto fine = log.reader.counts(query);
    REQUIRE(fine.size() == 2);
    CHECK(fine[0].number == 9);
    CHECK(fine[1].number == 2);
    query.step = 3600s;
    const auto coarse = log.reader.counts(query);
    REQUIRE(coarse.size() == 1);
    CHECK(coarse[0].number == 9);
}
