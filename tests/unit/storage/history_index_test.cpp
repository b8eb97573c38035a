// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/history_reader.hpp"
#include "storage/sqlite/history_tables.hpp"
#include "storage/sqlite/history_terms.hpp"
#include "tests/unit/storage/history_entry.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace std::chrono_literals;
using namespace storage::sqlite;
using storage::HistoryQuery;
using storage::HistoryRow;

namespace {
using Ids = std::vector<std::uint64_t>;
constexpr std::uint64_t first_filler = 100'000;

/// history.db without its thread, so that a test decides when a segment is indexed.
struct Index {
    Directory directory;
    storage::WallTime start = net::TestEnv{}.wall_now();
    HistoryTables tables{options(Database::Mode::write)};
    HistoryReader reader{options(Database::Mode::read)};

    Database::Options options(Database::Mode mode) const
    {
        Database::Options options;
        options.path = directory.path() + "/history.db";
        options.mode = mode;
        return options;
    }
    /// Rows of no interest, an hour before the others.
    void fill(std::size_t count)
    {
        std::vector<HistoryRow> rows;
        for (std::size_t i = 0; i < count; ++i) {
            rows.push_back(make_entry(first_filler + i, start - 1h));
            rows.back().sender = "filler@z.example";
            rows.back().recipient = "nobody@z.example";
            rows.back().message_id = "";
            rows.back().subject = "filler";
        }
        tables.write(rows, {});
    }
    /// Nine rows, most with something of their own.
    void write_nine()
    {
        std::vector<HistoryRow> rows;
        for (std::uint64_t id = 1; id <= 9; ++id)
            rows.push_back(make_entry(id, start + std::chrono::minutes{id}));
        rows[0].score = -2;
        rows[1].direction = mail::Direction::outbound;
        rows[2].action = mail::Action::quarantine;
        rows[2].rule = "dmarc.quarantine";
        rows[3].score = 7;
        rows[4].findings = R"([{"name":"spf.fail"}])";
        rows[5].score = 5.5;
        rows[7].findings = R"([{"name":"spf.pass","evidence":"{\"name\":\"spf.fail\"}"}])";
        rows[3].sender = "carl@spam.example";
        rows[4].subject = "会議の資料を送ります";
        rows[5].recipient = "eve@c.example";
        rows[6].action = mail::Action::reject;
        rows[7].client = "2001:db8::1";
        rows[8].from = "100% \"free\" <x@y.example>";
        tables.write(rows, {});
    }
    /// Without the filling.
    Ids ids(const HistoryQuery& query, const storage::VerdictQuery& verdicts = {})
    {
        Ids ids;
        for (const auto& row : reader.search(query, storage::Reach::everything(), verdicts))
            if (row.id.mail.value() < first_filler)
                ids.push_back(row.id.mail.value());
        return ids;
    }
};
}

TEST_CASE("a search finds the same by index and row by row")
{
    Index index;
    // The nine lie in an indexed segment, in none, or across the edge.
    const auto [filling, is_indexed] = GENERATE(table<std::size_t, bool>({
        {segment_rows - 9, true},
        {segment_rows - 9, false},
        {segment_rows - 5, true},
        {0, false},
    }));
    const auto start = index.start;
    if (filling > 0)
        index.fill(filling);
    index.write_nine();
    if (is_indexed) {
        REQUIRE(index.tables.backlog() == 1);
        index.tables.index_segment();
        REQUIRE(index.tables.backlog() == 0);
    }

    const auto [query, expected] = GENERATE_REF(table<HistoryQuery, Ids>({
        {{}, {9, 8, 7, 6, 5, 4, 3, 2, 1}},
        {{.limit = 3}, {9, 8, 7}},
        {{.after = row_id(7), .limit = 3}, {6, 5, 4}},
        {{.sender = "carl@spam.example"}, {4}},
        {{.sender = "CARL@spam.example"}, {4}},
        {{.sender = "arl@spam.example"}, {}},
        {{.recipient = "eve@c.example"}, {6}},
        {{.sender_domain = "spam.example"}, {4}},
        {{.sender_domain = "pam.example"}, {}},
        {{.recipient_domain = "c.example"}, {6}},
        {{.recipient_domain = "b.example", .limit = 2}, {9, 8}},
        {{.client = "2001:db8::1"}, {8}},
        {{.message_id = "<3@a.example>"}, {3}},
        {{.message_id = "3@a.example"}, {3}},
        {{.id = mail::MailId{2}}, {2}},
        {{.id = mail::MailId{99}}, {}},
        {{.action = mail::Action::reject}, {7}},
        {{.text = "SPAM.ex"}, {4}},
        {{.text = "会議の"}, {5}},
        {{.text = "の資料を送り"}, {5}},
        {{.text = "資料"}, {5}},
        {{.text = "100% \"free"}, {9}},
        {{.text = "number 3"}, {3}},
        {{.text = "number_3"}, {}},
        {{.text = "example\nbob"}, {}},
        {{.text = "Message", .recipient = "eve@c.example"}, {6}},
        {{.since = start + 8min}, {9, 8}},
        {{.until = start + 2min}, {2, 1}},
        {{.since = start + 3min, .until = start + 5min}, {5, 4, 3}},
        {{.since = start + 10min}, {}},
    }));
    CAPTURE(filling, is_indexed, query.text, query.sender, query.recipient);
    CAPTURE(query.sender_domain, query.recipient_domain, query.message_id);
    CHECK(index.ids(query) == expected);
}

TEST_CASE("a search finds verdicts by score, direction, facts and rule")
{
    Index index;
    const bool is_indexed = GENERATE(false, true);
    index.fill(segment_rows - 9);
    index.write_nine();
    if (is_indexed)
        index.tables.index_segment();
    const auto [query, expected] = GENERATE(table<storage::VerdictQuery, Ids>({
        {{.actions = {mail::Action::reject, mail::Action::quarantine}}, {7, 3}},
        {{.direction = mail::Direction::outbound}, {2}},
        {{.score_min = 5}, {6, 4}},
        {{.score_max = -1}, {1}},
        {{.score_min = 5, .score_max = 6}, {6}},
        {{.finding = "spf.fail"}, {5}},
        {{.finding = "spf."}, {8, 5}},
        {{.finding = "spf.f"}, {}},
        {{.finding = "pf.fail"}, {}},
        {{.rule = "DMARC."}, {3}},
        {{.rule = "dmarc_"}, {}},
    }));
    CAPTURE(is_indexed, query.finding, query.rule);
    CHECK(index.ids({}, query) == expected);
}

TEST_CASE("an indexed row that is swept is found no more, its neighbours are")
{
    Index index;
    index.fill(segment_rows - 9);
    index.write_nine();
    index.tables.index_segment();
    const auto sweep = [&](storage::WallTime before) {
        std::size_t rows = 0;
        HistoryTables::Swept swept{0, true};
        while (swept.has_more) {
            swept = index.tables.sweep_one(before);
            rows += swept.rows;
        }
        return rows;
    };
    CHECK(sweep(index.start + 5min) == segment_rows - 9 + 4);
    CHECK(index.ids({.sender = "carl@spam.example"}).empty());
    CHECK(index.ids({.text = "spam.example"}).empty());
    CHECK(index.ids({.text = "会議の資料"}) == Ids{5});
    CHECK(index.ids({.recipient = "eve@c.example"}) == Ids{6});
    CHECK(sweep(index.start + 1h) == 5);
    CHECK(index.ids({}).empty());
    CHECK(index.ids({.text = "会議の資料"}).empty());
    Database database{index.options(Database::Mode::read)};
    Statement left{database, "SELECT count(*) FROM terms"};
    left.start().next();
    CHECK(left.integer(0) == 0);
}

TEST_CASE("a batch that crosses segments notes the times of each")
{
    Index index;
    index.fill(segment_rows * 2 + 10);
    index.write_nine();
    CHECK(index.ids({.since = index.start + 9min}) == Ids{9});
    CHECK(index.ids({.until = index.start}).empty());
    CHECK(index.tables.backlog() == 2);
    index.tables.index_segment();
    index.tables.index_segment();
    CHECK(index.ids({.since = index.start + 9min}) == Ids{9});
    CHECK(index.reader
              .search({.sender_domain = "z.example", .limit = 20'000}, storage::Reach::everything())
              .size()
          == segment_rows * 2 + 10);
}

TEST_CASE("a search whose time is over says where it goes on, and finds the rest from there")
{
    Index index;
    index.write_nine();
    index.fill(3 * segment_rows);
    const storage::VerdictQuery rare{.actions = {mail::Action::quarantine}, .longest = 0ms};
    HistoryQuery query;
    std::size_t pages = 0, found = 0;
    for (bool is_more = true; is_more; ++pages) {
        const auto page = index.reader.page(query, storage::Reach::everything(), rare);
        found += page.rows.size();
        is_more = page.next.has_value();
        CHECK(page.looked_back_to.has_value() == is_more);
        query.after = page.next;
        REQUIRE(pages < 100);
    }
    CHECK(pages > 3);
    CHECK(found == 1);
    query.after.reset();
    query.limit = 2;
    const auto first = index.reader.page(query, storage::Reach::everything(), {});
    REQUIRE(first.rows.size() == 2);
    CHECK(first.next == first.rows.back().id);
    CHECK_FALSE(first.looked_back_to);
    // Nothing is skipped and nothing comes twice, whatever index is asked.
    index.tables.index_segment();
    query = {.text = "filler", .limit = 500};
    std::set<storage::RowId> seen;
    for (bool is_more = true; is_more;) {
        const auto page = index.reader.page(query, storage::Reach::everything(), {.longest = 0ms});
        for (const auto& row : page.rows)
            CHECK(seen.insert(row.id).second);
        is_more = page.next.has_value();
        query.after = page.next;
    }
    CHECK(seen.size() == 3 * segment_rows);
}
