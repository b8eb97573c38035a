// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/unrouted.hpp"
#include "storage/backup/about.hpp"
#include "tests/support/gateway_under_test.hpp"
#include "web/api/routes.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace {
/// What `health` says of a gateway.
class Health {
public:
    std::string asked()
    {
        std::string text;
        gateway.loop.spawn("health", ask(text));
        gateway.loop.run();
        return text;
    }
    void change(const std::function<void(smtp::Settings&)>& change)
    {
        auto snapshot = std::make_shared<smtp::Snapshot>(*gateway.context.snapshot());
        change(snapshot->settings);
        gateway.context.replace(snapshot);
    }
    test::GatewayUnderTest gateway{{}};
    web::Site site;

private:
    net::awaitable<void> ask(std::string& text)
    {
        site.context = &gateway.context;
        const auto answer = co_await web::get_health(site, {}, {});
        text = std::to_string(answer.status) + " " + answer.body;
        gateway.loop.stop();
    }
};

net::awaitable<void> store_one(test::GatewayUnderTest& gateway, std::string address)
{
    mail::Mail mail;
    mail.received_at = gateway.env.wall_now();
    mail.id = gateway.ids.next(mail.received_at);
    mail.message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
    std::vector<storage::NewRow> rows;
    rows.push_back(
        {.address = mail::Mailbox::parse(address).value(), .next_attempt = mail.received_at});
    CHECK(co_await gateway.storage.store->commit(mail, std::move(rows), {})
          == storage::Commit::done);
    auto due = co_await gateway.storage.store->due(mail.received_at, 10);
    co_await smtp::attempt_delivery(gateway.context, gateway.context.snapshot(), std::move(due));
    gateway.loop.stop();
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}
}

TEST_CASE("health says that a file of recipients cannot be read, as long as it cannot")
{
    Health health;
    const auto file = (health.gateway.directory() / "recipients").string();
    health.change([&](smtp::Settings& settings) {
        settings.domains.begin()->second.recipients = {smtp::RecipientSource::Kind::file, file};
    });
    const std::string problem = "the file of recipients of example.test cannot be read";
    const auto missing = health.asked();
    INFO(missing);
    CHECK(missing.starts_with("503 "));
    CHECK(has(missing, problem));
    std::ofstream{file} << "bob@example.test\n";
    CHECK_FALSE(has(health.asked(), problem));
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    CHECK(has(health.asked(), problem));
}

TEST_CASE("health says that queued mail has no route, until it has one")
{
    Health health;
    const std::string problem = "mail for far.example waits: no route to this domain is configured";
    CHECK_FALSE(has(health.asked(), problem));
    health.gateway.loop.spawn("store", store_one(health.gateway, "ann@far.example"));
    health.gateway.loop.run();
    const auto unrouted = health.asked();
    INFO(unrouted);
    CHECK(unrouted.starts_with("503 "));
    CHECK(has(unrouted, problem));
    health.change([](smtp::Settings& settings) {
        settings.outbound = settings.domains.begin()->second.route;
    });
    CHECK_FALSE(has(health.asked(), problem));
    CHECK(smtp::Unrouted::here().domains().empty());
}

TEST_CASE("health names what stood there before a restore when it lies there for over a week")
{
    Health health;
    const auto place = health.gateway.directory();
    const auto folder_of = [&](std::chrono::days ago) {
        const auto time = std::chrono::floor<std::chrono::seconds>(health.gateway.env.wall_now());
        return place / ("before-restore-" + storage::backup::compact_time(time - ago));
    };
    const auto fresh = folder_of(std::chrono::days{6}), old = folder_of(std::chrono::days{8});
    std::filesystem::create_directory(fresh);
    CHECK_FALSE(has(health.asked(), "before-restore-"));
    std::filesystem::create_directory(old);
    std::ofstream{old / "mail.db"} << std::string(3 << 20, 'x');
    const auto answer = health.asked();
    INFO(answer);
    CHECK(answer.starts_with("503 "));
    CHECK(has(answer, "is still kept as " + old.string()));
    CHECK(has(answer, ", 3 MiB)"));
    CHECK_FALSE(has(answer, fresh.string()));
    std::filesystem::remove_all(old);
    CHECK_FALSE(has(health.asked(), "before-restore-"));
}

TEST_CASE("health says of a damaged file since when it is kept and how large it is")
{
    Health health;
    const auto file = health.gateway.directory() / "history.db.damaged-20260102T000000Z";
    std::ofstream{file} << std::string(2 << 20, 'x');
    CHECK(has(health.asked(), "a damaged file was replaced (since 2026-01-02, 2 MiB); it is kept"));
}
