// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/web/people.hpp"
#include "web/api/audit.hpp"
#include "web/api/routes.hpp"

#include <catch2/catch.hpp>

namespace {
using Entries = std::vector<storage::AuditEntry>;

net::awaitable<void> hold_many(test::GatewayUnderTest& gateway, std::size_t count, Entries& entries)
{
    mail::Mail mail;
    mail.received_at = gateway.env.wall_now();
    mail.id = gateway.ids.next(mail.received_at);
    mail.message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
    std::vector<storage::NewRow> rows;
    for (std::size_t i = 0; i < count; ++i)
        rows.push_back(
            {.number = static_cast<std::uint32_t>(i + 1),
             .address = mail::Mailbox::parse("u" + std::to_string(i) + "@example.test").value(),
             .next_attempt = mail.received_at});
    CHECK(co_await gateway.storage.store->commit(mail, std::move(rows), {})
          == storage::Commit::done);
    web::Site site;
    site.context = &gateway.context;
    site.desk = gateway.storage.desk.get();
    web::Request request;
    request.captures = {"hold"};
    request.body = R"({"all": true})";
    const auto answer
        = co_await web::post_queue_action(site, web::Principal::administrator("root"), request);
    CHECK(answer.status == 200);
    entries = co_await gateway.storage.audit->list(0, 100);
    gateway.loop.stop();
}

net::awaitable<void> reload(test::GatewayUnderTest& gateway, Entries& entries)
{
    web::Site site;
    site.context = &gateway.context;
    site.desk = gateway.storage.desk.get();
    site.reload = []() -> net::awaitable<web::ReloadOutcome> {
        throw std::runtime_error{"no memory"};
        co_return web::ReloadOutcome{};
    };
    CHECK_THROWS_AS(co_await web::post_reload(site, web::Principal::administrator("root"), {}),
                    std::runtime_error);
    entries = co_await gateway.storage.audit->list(0, 100);
    gateway.loop.stop();
}

net::awaitable<void> add_entry(test::GatewayUnderTest& gateway, Entries& entries)
{
    web::Site site;
    site.context = &gateway.context;
    site.desk = gateway.storage.desk.get();
    web::Request request;
    request.body = R"({"list": "block", "scope": "global", "entry": "a@b.example"})";
    CHECK(
        (co_await web::post_list_entry(site, web::Principal::administrator("root"), request)).status
        == 201);
    request.body = "block,c@d.example\r\n";
    request.query = {{"scope", "global"}};
    CHECK((co_await web::post_list_import(site, web::Principal::administrator("root"), request))
              .status
          == 200);
    entries = co_await gateway.storage.audit->list(0, 100);
    gateway.loop.stop();
}

net::awaitable<void> fail(test::GatewayUnderTest& gateway, Entries& entries)
{
    web::Site site;
    site.context = &gateway.context;
    site.desk = gateway.storage.desk.get();
    const auto work = []() -> net::awaitable<void> {
        throw std::runtime_error{"the disk is full"};
        co_return;
    };
    CHECK_THROWS_AS(
        co_await web::audited(site, web::Principal::administrator("root"), "queue hold", work()),
        std::runtime_error);
    entries = co_await gateway.storage.audit->list(0, 100);
    gateway.loop.stop();
}
}

TEST_CASE("an act on many rows is recorded with every one of them, and how it ended")
{
    constexpr std::size_t count = 75;
    test::GatewayUnderTest gateway{{}};
    Entries entries;
    gateway.loop.spawn("hold", hold_many(gateway, count, entries));
    gateway.loop.run();
    REQUIRE(entries.size() > 2);
    CHECK(entries.front().object == "outcome: 75 of 75 changed");
    std::string all;
    for (const auto& entry : entries) {
        CHECK(entry.who == "root");
        CHECK(entry.act == "queue hold");
        CHECK(entry.object.size() <= 512);
        all += entry.object + ", ";
    }
    for (std::size_t row = 1; row <= count; ++row)
        CHECK(all.contains("/" + std::to_string(row) + ", "));
}

TEST_CASE("an act that fails is recorded as failed")
{
    test::GatewayUnderTest gateway{{}};
    Entries entries;
    gateway.loop.spawn("fail", fail(gateway, entries));
    gateway.loop.run();
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().object == "outcome: failed: the disk is full");
}

TEST_CASE("a reload that throws is recorded as failed")
{
    test::GatewayUnderTest gateway{{}};
    Entries entries;
    gateway.loop.spawn("reload", reload(gateway, entries));
    gateway.loop.run();
    REQUIRE(entries.size() == 2);
    CHECK(entries.front().act == "reload the configuration");
    CHECK(entries.front().object == "outcome: failed: no memory");
}

TEST_CASE("a changed list says how it ended, an import how many lines it added")
{
    test::GatewayUnderTest gateway{{}};
    Entries entries;
    gateway.loop.spawn("import", add_entry(gateway, entries));
    gateway.loop.run();
    REQUIRE(entries.size() == 4);
    CHECK(entries[3].object == "a@b.example (global)");
    CHECK(entries[2].object == "outcome: added");
    CHECK(entries[0].act == "import lists");
    CHECK(entries[0].object.contains(" lines added"));
}

TEST_CASE("names are listed in texts of bounded size")
{
    CHECK(web::listed({}).empty());
    CHECK(web::listed({"a", "b"}) == std::vector<std::string>{"a, b"});
    CHECK(web::listed({std::string(300, 'x'), std::string(300, 'y'), "z"}).size() == 2);
}

namespace {
net::awaitable<bool> record(test::People& people, std::string who, std::string act,
                            std::string object)
{
    co_await people.gateway.storage.audit->add({.time = people.gateway.env.wall_now(),
                                                .who = std::move(who),
                                                .act = std::move(act),
                                                .object = std::move(object)});
    co_return true;
}
}

TEST_CASE("the record of acts is asked by who, act, object and time, page by page")
{
    using namespace std::chrono_literals;
    test::People people;
    for (int i = 0; i < 1200; ++i)
        people.wait(record(people, i % 3 == 0 ? "Root" : "eve",
                           i % 2 == 0 ? "user add" : "block add", "number " + std::to_string(i)));
    people.gateway.env.advance(48h);
    people.wait(record(people, "eve", "view body", "ABC/1"));
    const auto count = [&](const std::string& query) {
        const auto answer = people.command("GET", "/api/v1/audit?limit=1000&" + query);
        REQUIRE(answer.status == 200);
        return web::array_member(answer.body, "rows").size();
    };
    CHECK(count("who=root") == 400);
    CHECK(count("who=root&act=user%20add") == 200);
    CHECK(count("text=number%2011") == 111); // 11, 110 to 119, 1100 to 1199
    CHECK(count("text=ROOT&act=block%20add") == 200);
    CHECK(count("since=24%20h") == 1);
    CHECK(count("since=24%20h&who=root") == 0);
    const auto first = people.command("GET", "/api/v1/audit?limit=300&who=root");
    const auto next = web::text_member(first.body, "next").value_or("");
    CHECK(count("who=root&after=" + next) == 100);
    CHECK(people.command("GET", "/api/v1/audit?act=nothing").status == 400);
    CHECK(people.command("GET", "/api/v1/audit?since=whenever").status == 400);
}
