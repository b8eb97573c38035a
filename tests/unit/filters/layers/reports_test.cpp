// SPDX-License-Identifier: Apache-2.0
#include "filters/content/content.hpp"
#include "filters/report_table.hpp"
#include "filters/two_way_memory.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

using namespace filters;
using namespace filters::test;
using content::ReceivedReport;

namespace {
struct Arriving : World {
    explicit Arriving(std::string_view settings = "addresses: [dmarc@b.example]")
        : World{"reports", settings}
    {
        receives("From: r@far.example\r\n\r\nx\r\n");
        mail.recipients.push_back(recipient("DMARC@b.example"));
        mail.findings.push_back({.name = "spf.pass", .detail = "far.example"});
        mail.content = std::make_shared<Content>();
        auto opened = storage::MailMemory::open(folder.path + "/memory", {.mails = 1000});
        REQUIRE(opened);
        TwoWayMemory::Parts parts{.memory = std::move(*opened), .pool = &pool};
        parts.rows = [this](std::string id) { return rows_of(std::move(id)); };
        memory = std::make_unique<TwoWayMemory>(std::move(parts));
        TwoWayMemory::put_here(memory.get());
    }
    ~Arriving() { TwoWayMemory::put_here(nullptr); }

    void went_out(std::string_view id, std::string_view sender, std::string_view author)
    {
        mail::Mail gone;
        gone.sender = mailbox(sender);
        gone.received_at = env.wall_now();
        gone.message = mail::Message::from_text("Message-ID: <" + std::string{id} + ">\r\nFrom: "
                                                + std::string{author} + "\r\n\r\nx\r\n");
        memory->remember_outgoing(gone);
    }
    /// What history keeps of a mail that left.
    void was_recorded(const std::string& id, std::string findings)
    {
        storage::HistoryRow row;
        row.direction = mail::Direction::outbound;
        row.recipient = "x@far.example";
        row.findings = std::move(findings);
        rows.emplace(id, row);
    }
    net::awaitable<std::vector<storage::HistoryRow>> rows_of(std::string id)
    {
        std::vector<storage::HistoryRow> some;
        for (auto [at, end] = rows.equal_range(id); at != end; ++at)
            some.push_back(at->second);
        co_return some;
    }
    void brings(ReceivedReport report)
    {
        auto content = std::make_shared<Content>();
        content->reports.push_back(std::move(report));
        mail.content = content;
    }
    Findings found() const
    {
        auto inspection = layer->inspect_message(mail);
        if (auto* at_hand = std::get_if<Findings>(&inspection))
            return *at_hand;
        Findings all;
        net::Loop loop{net::Env::real()};
        support::run(loop, wait(std::get<awaitable<Findings>>(std::move(inspection)), all));
        CHECK(all_declared(all, "reports"));
        return all;
    }
    static net::awaitable<void> wait(awaitable<Findings> later, Findings& into)
    {
        into = co_await std::move(later);
    }

    const Folder folder;
    net::WorkerPool pool{1};
    std::unique_ptr<TwoWayMemory> memory;
    std::multimap<std::string, storage::HistoryRow> rows;
};
ReceivedReport aggregate(std::string id, std::string domain = "b.example")
{
    ReceivedReport report{.organization = "far", .id = std::move(id), .domain = std::move(domain)};
    report.begin = std::chrono::floor<std::chrono::seconds>(net::TestEnv{}.wall_now())
                       .time_since_epoch()
                       .count();
    report.sources = {{.source = "192.0.2.1", .mails = 3}};
    return report;
}
}

TEST_CASE("reports: what comes to an address for reports counts once")
{
    Arriving in;
    in.brings(aggregate("layer-1"));
    REQUIRE(names(in.found()) == Names{"reports.read"});
    CHECK(names(in.found()) == Names{"reports.repeated"});
}

TEST_CASE("reports: elsewhere, from nobody, about others or without one they do not count")
{
    Arriving in;
    CHECK(names(in.found()) == Names{"reports.none"});
    in.brings(aggregate("layer-2", "other.example"));
    REQUIRE(names(in.found()) == Names{"reports.broken"});
    CHECK(in.found().front().detail == "it is about no domain of ours");
    in.brings(aggregate("layer-3"));
    in.mail.findings.clear();
    CHECK(names(in.found()) == Names{"reports.unproven"});
    in.mail.recipients.front() = in.recipient("bob@b.example");
    CHECK(in.found().empty());
    Arriving anybody{"addresses: [dmarc@b.example]\nmust_be_proven: false"};
    anybody.mail.findings.clear();
    anybody.brings(aggregate("layer-3"));
    CHECK(names(anybody.found()) == Names{"reports.read"});
}

TEST_CASE("reports: an abuse report names an account of ours, or is about nobody's mail")
{
    Arriving in;
    ReceivedReport report{.kind = ReceivedReport::Kind::abuse, .organization = "far"};
    report.type = "abuse";
    report.sender = "ann@b.example";
    report.message_id = "layer@b.example";
    in.brings(report);
    in.went_out("layer@b.example", "bounces@b.example", "Ann <ann@b.example>");
    const auto found = in.found();
    REQUIRE(names(found) == Names{"reports.abuse"});
    CHECK(found.front().detail == "ann@b.example");
    CHECK(found.front().evidence == "far (far.example)");
    report.sender = "eve@elsewhere.example";
    in.brings(report);
    CHECK(names(in.found()) == Names{"reports.broken"});
}

TEST_CASE(
    "reports: a complaint about a mail that nobody sent, or somebody else did, counts nothing")
{
    Arriving in;
    in.went_out("known@b.example", "ann@b.example", "ann@b.example");
    ReceivedReport report{.kind = ReceivedReport::Kind::abuse, .organization = "Yahoo"};
    report.type = "abuse";
    report.sender = "president@b.example";
    for (const auto* id : {"known@b.example", "invented@b.example", ""}) {
        INFO(id);
        report.message_id = id;
        in.brings(report);
        const auto found = in.found();
        REQUIRE(names(found) == Names{"reports.unknown"});
        CHECK(found.front().evidence == "Yahoo (far.example)");
    }
    report.sender = "ann@b.example";
    report.message_id = "known@b.example";
    in.brings(report);
    CHECK(names(in.found()) == Names{"reports.abuse"});
}

TEST_CASE("reports: a complaint about mail that was sent on names the alias or the list that did")
{
    Arriving in;
    const auto complain_of = [&](std::string id, std::string author) {
        ReceivedReport report{.kind = ReceivedReport::Kind::abuse, .organization = "far"};
        report.type = "abuse";
        report.sender = std::move(author);
        report.message_id = std::move(id);
        in.brings(report);
        return in.found();
    };
    in.was_recorded("alias@else.example",
                    R"([{"name":"forward.known","detail":"office@b.example"}])");
    in.was_recorded("list@else.example", R"([{"name":"rosters.list","detail":"staff@b.example"}])");
    in.was_recorded("both@b.example", R"([{"name":"rosters.list","detail":"staff@b.example"}])");
    in.was_recorded("others@b.example", R"([{"name":"forward.known","detail":"x@else.example"}])");
    in.went_out("both@b.example", "staff-bounces@b.example", "ann@b.example");
    auto found = complain_of("alias@else.example", "eve@else.example");
    REQUIRE(names(found) == Names{"reports.abuse"});
    CHECK(found.front().detail == "office@b.example");
    found = complain_of("list@else.example", "eve@else.example");
    REQUIRE(names(found) == Names{"reports.abuse"});
    CHECK(found.front().detail == "staff@b.example");
    CHECK(names(complain_of("both@b.example", "ann@b.example")) == Names{"reports.abuse"});
    CHECK(names(complain_of("others@b.example", "eve@else.example")) == Names{"reports.broken"});
    ReportTable::Page page{.is_wanted = [](const auto& of) { return of == "staff@b.example"; }};
    const auto rows = ReportTable::here().complaints(page);
    REQUIRE(rows.size() == 2);
    CHECK(std::ranges::count(rows, Departure{.list = "staff@b.example"}, &AbuseComplaint::of) == 1);
    CHECK(std::ranges::count(rows, Departure{.account = "ann@b.example", .list = "staff@b.example"},
                             &AbuseComplaint::of)
          == 1);
}

TEST_CASE("reports: a wrong address is refused by the configuration, and none needs no scan")
{
    World world;
    world.make("reports", "addresses: [\"not an address\"]");
    CHECK(world.said().find("is no address") != std::string::npos);
    const auto& type = type_named("reports");
    CHECK_FALSE(type.make_content(world.read(type, ""), world.services)->is_needed());
    const auto reader
        = type.make_content(world.read(type, "addresses: [a@b.example]"), world.services);
    CHECK(reader->is_needed());
    Content content;
    content.files.emplace_back().filename = "f!b.example!1!2.xml";
    reader->extract(mail::Message::from_text("Content-Type: text/xml; name=\"f!b.example!1!2.xml\""
                                             "\r\n\r\n<a/>\r\n"),
                    content);
    REQUIRE(content.reports.size() == 1);
    CHECK_FALSE(content.reports.front().error.empty());
}
