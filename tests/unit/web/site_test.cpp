// SPDX-License-Identifier: Apache-2.0
// Domains, layers, system and alerts as the pages see them.
#include "tests/unit/web/people.hpp"
#include "web/api/alerts.hpp"

#include <fstream>

using web::Role;

namespace {
/// A gateway with somebody of each role.
struct Staffed {
    Staffed()
    {
        people.site.queue = &queue;
        people.site.alerts = &alerts;
    }
    std::string token(const std::string& name, Role role, std::vector<std::string> domains = {})
    {
        return people.token_of(people.add(name, role, {}, std::move(domains)));
    }
    void use(web::AlertSettings settings)
    {
        people.site.alert_settings = std::make_shared<const web::AlertSettings>(settings);
    }
    /// One look, as the gate makes one every ten seconds.
    void look()
    {
        people.gateway.loop.spawn("turn", turn());
        people.gateway.loop.run();
    }
    net::awaitable<void> turn()
    {
        co_await alerts.turn();
        people.gateway.loop.stop();
    }
    std::vector<storage::Row> queued()
    {
        return people.wait(people.gateway.storage.store->list({}));
    }
    test::People people;
    smtp::QueueRunner queue{people.gateway.loop, people.gateway.context};
    web::Alerts alerts{people.site};
};

web::AlertSettings to_ops()
{
    web::AlertSettings settings;
    settings.mail.push_back(mail::Mailbox::parse("ops@example.test").value());
    return settings;
}
}

TEST_CASE("a domain administrator sees the own domains alone, with their servers and thresholds")
{
    Staffed site;
    const auto own = site.token("dora", Role::domain_administrator, {"example.test"});
    const auto other = site.token("eve", Role::domain_administrator, {"other.test"});
    const auto answer = site.people.ask("GET", "/api/v1/domains", own);
    REQUIRE(answer.status == 200);
    const auto& domains = web::array_member(answer.body, "domains");
    REQUIRE(domains.size() == 1);
    CHECK(web::text_member(domains[0], "name") == "example.test");
    CHECK(web::array_member(domains[0], "next_hops").size() == 1);
    CHECK(web::text_member(domains[0], "recipients") == "any");
    CHECK(web::array_member(site.people.ask("GET", "/api/v1/domains", other).body, "domains")
              .empty());
    CHECK(site.people.ask("POST", "/api/v1/domains/example.test/test", other).status == 404);
    CHECK(site.people.ask("POST", "/api/v1/domains/none.test/test", own).status == 404);
}

TEST_CASE("every layer is told with its facts and what it stopped")
{
    Staffed site;
    storage::HistoryRow row;
    row.time = site.people.gateway.env.wall_now() - std::chrono::minutes{1};
    row.action = mail::Action::reject;
    row.rule = "lists.block";
    row.step = "user";
    row.recipient = "bob@example.test";
    site.people.gateway.storage.history->record(row);
    site.people.gateway.loop.spawn("settle", [](Staffed& s) -> net::awaitable<void> {
        co_await s.people.gateway.storage.history->settle();
        s.people.gateway.loop.stop();
    }(site));
    site.people.gateway.loop.run();
    const auto answer
        = site.people.ask("GET", "/api/v1/layers?since=1+h", site.token("aud", Role::auditor));
    REQUIRE(answer.status == 200);
    bool is_seen = false;
    for (const auto& layer : web::array_member(answer.body, "layers"))
        if (web::text_member(layer, "name") == "lists") {
            is_seen = true;
            CHECK(web::is_member_true(layer, "on"));
            CHECK(web::number_member(layer, "stopped") == 1);
            CHECK_FALSE(web::array_member(layer, "facts").empty());
        }
    CHECK(is_seen);
    CHECK(
        site.people.ask("GET", "/api/v1/layers?since=never", site.token("b", Role::auditor)).status
        == 400);
}

TEST_CASE("the system page names a web certificate that cannot be used")
{
    Staffed site;
    const auto file = (site.people.gateway.directory() / "web.pem").string();
    std::ofstream{file} << "no certificate\n";
    site.people.site.web_certificates = {{file, file}};
    const auto answer = site.people.command("GET", "/api/v1/system");
    REQUIRE(answer.status == 200);
    const auto& certificates = web::array_member(answer.body, "certificates");
    REQUIRE(certificates.size() == 1);
    CHECK(web::text_member(certificates[0], "for") == "web");
    CHECK(web::text_member(certificates[0], "problem") == "there is no certificate in " + file);
    CHECK(std::ranges::any_of(web::array_member(answer.body, "conditions"), [](const auto& one) {
        return web::text_member(one, "name") == "certificate.bad";
    }));
    CHECK(site.people.command("GET", "/api/v1/health").status == 503);
}

TEST_CASE("an alert is a mail in our own queue, one for each change")
{
    Staffed site;
    site.use(to_ops());
    auto& env = site.people.gateway.env;
    smtp::Conditions::here().raise("backup.missing", {}, "three days");
    for (int i = 0; i < 20; ++i, env.advance(std::chrono::seconds{10}))
        site.look();
    REQUIRE(site.queued().size() == 1);
    CHECK(site.queued().front().address == "ops@example.test");
    smtp::Conditions::here().clear("backup.missing");
    for (int i = 0; i < 60; ++i, env.advance(std::chrono::seconds{10}))
        site.look();
    CHECK(site.queued().size() == 2);
    // Another gate goes on where this one was.
    web::Alerts next{site.people.site};
    CHECK(next.standing().empty());
}

TEST_CASE("what happened is told at once, and what follows within minutes together")
{
    Staffed site;
    site.use(to_ops());
    auto& env = site.people.gateway.env;
    for (int i = 0; i < 12; ++i, env.advance(std::chrono::seconds{10})) {
        smtp::Conditions::here().note("delivery.held", "M" + std::to_string(i), "550 no");
        site.look();
    }
    CHECK(site.queued().size() == 1);
    env.advance(std::chrono::minutes{5});
    site.look();
    CHECK(site.queued().size() == 2);
}

TEST_CASE("an alert that has no way out is kept for later, bounded")
{
    Staffed site;
    auto settings = to_ops();
    settings.mail.push_back(mail::Mailbox::parse("ops@no-route.test").value());
    settings.well_after = std::chrono::milliseconds{1};
    site.use(settings);
    for (int i = 0; i < 60; ++i, site.people.gateway.env.advance(std::chrono::seconds{10})) {
        smtp::Conditions::here().note("delivery.held", "M", "550 no");
        site.look();
    }
    CHECK(site.queued().size() == 60);
    CHECK(site.alerts.mails_waiting() == 49); // of 50; the last that went had taken a place
}

TEST_CASE("the report counts what happened, beside the period before")
{
    Staffed site;
    auto& gateway = site.people.gateway;
    const auto now = gateway.env.wall_now();
    for (const auto& [age, number] : {std::pair{1, 3}, std::pair{30, 2}})
        for (int i = 0; i < number; ++i) {
            storage::HistoryRow row;
            row.time = now - std::chrono::hours{age};
            row.action = mail::Action::tag;
            row.step = "points";
            row.client = "192.0.2.9";
            row.recipient = "bob@example.test";
            row.sender = "<script>@evil.test";
            gateway.storage.history->record(row);
        }
    gateway.loop.spawn("settle", [](test::GatewayUnderTest& g) -> net::awaitable<void> {
        co_await g.storage.history->settle();
        g.loop.stop();
    }(gateway));
    gateway.loop.run();
    const auto answer = site.people.command("GET", "/api/v1/report?period=day&language=en");
    REQUIRE(answer.status == 200);
    const auto text = web::text_member(answer.body, "text").value_or("");
    INFO(text);
    CHECK(text.contains("         3  tagged  (before 2, +50 %)\n"));
    CHECK(text.contains("192.0.2.9"));
    CHECK(text.contains("0  delivered"));
    CHECK_FALSE(web::text_member(answer.body, "html").value_or("").contains("<script>"));
    CHECK(site.people.command("GET", "/api/v1/report?period=year").status == 400);
}

TEST_CASE("nobody is told where nobody is named")
{
    Staffed site;
    site.use({});
    CHECK(site.people.command("POST", "/api/v1/alerts/test").status == 409);
    CHECK(site.people.command("POST", "/api/v1/alerts/report").status == 409);
    CHECK(site.people.command("GET", "/api/v1/alerts").status == 200);
}
