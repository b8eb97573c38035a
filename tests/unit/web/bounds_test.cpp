// SPDX-License-Identifier: Apache-2.0
// What one person may ask for at most.
#include "filters/classify/classifier.hpp"
#include "filters/fingerprint_table.hpp"
#include "storage/desk.hpp"
#include "storage/list_bounds.hpp"
#include "tests/unit/web/people.hpp"
#include "web/api/downloads.hpp"
#include "web/api/teaching.hpp"

using web::Role;

namespace {
struct World : test::People {
    std::string bob = token_of(add("bob", Role::user, {"bob@example.test"}));
    std::string held = hold(3).to_string();

    /// One mail, held for so many recipients.
    mail::MailId hold(std::size_t recipients)
    {
        const auto id = gateway.ids.next(gateway.env.wall_now());
        wait(hold_one(id, recipients));
        return id;
    }
    std::size_t acts() { return wait(gateway.storage.audit->list(0, 1000)).size(); }
    Answer import(const std::string& scope, std::size_t lines)
    {
        std::string csv = "list,entry\n";
        for (std::size_t i = 0; i < lines; ++i)
            csv += "block,host" + std::to_string(i) + ".example\n";
        return ask("POST", "/api/v1/lists/import?scope=" + scope, bob, csv);
    }

private:
    net::awaitable<bool> hold_one(mail::MailId id, std::size_t recipients)
    {
        mail::Mail mail;
        mail.received_at = gateway.env.wall_now();
        mail.id = id;
        mail.sender = mail::Mailbox::parse("ann@c.test").value();
        mail.message = mail::Message::from_text("Subject: Lunch\r\n\r\nbody\r\n");
        std::vector<storage::NewRow> rows(recipients);
        for (std::size_t i = 0; i < recipients; ++i) {
            rows[i].address
                = mail::Mailbox::parse("user" + std::to_string(i) + "@example.test").value();
            rows[i].number = static_cast<std::uint32_t>(i + 1);
            rows[i].state = storage::RowState::held;
            rows[i].reason = "points ≥ 6";
        }
        co_await gateway.storage.store->commit(mail, std::move(rows), {});
        co_return true;
    }
};
}

TEST_CASE("a mail that is named again and again is one mail")
{
    World world;
    std::string ids = "\"" + world.held + "/1\"";
    for (int i = 0; i < 1000; ++i)
        ids += ",\"" + world.held + "\"";
    const auto answer
        = world.command("POST", "/api/v1/quarantine/ham", R"({"ids": [)" + ids + "]}");
    CHECK(answer.status == 200);
    CHECK(web::number_member(answer.body, "changed") == 3);
    CHECK(world.acts() == 0); // nobody learnt of it
}

TEST_CASE("who says the same again and again is recorded once")
{
    World world;
    filters::classify::Classifier classifier{world.gateway.directory().string(),
                                             *world.gateway.storage.lessons};
    world.gateway.services.classifier = &classifier;
    filters::FingerprintTable::keep(world.gateway.services, *world.gateway.storage.fingerprints,
                                    *world.gateway.storage.mail_fingerprints);
    const auto id = *mail::MailId::parse(world.held);
    std::string text = "Subject: Lunch\n\n";
    for (int i = 0; i < 40; ++i)
        text += "the restaurant at the corner has table number " + std::to_string(i * 37) + "\n";
    // Somebody else's opinion keeps what can be learnt of it.
    world.wait(web::teach(world.site, {id, false, "kim@example.test"}, text));
    const auto say = [&](const std::string& verb) {
        return world
            .command("POST", "/api/v1/quarantine/" + verb, R"({"ids": [")" + world.held + R"("]})")
            .status;
    };
    CHECK(say("spam") == 200);
    const auto once = world.acts();
    CHECK(once == 1);
    for (int i = 0; i < 20; ++i)
        CHECK(say("spam") == 200);
    CHECK(world.acts() == once);
    CHECK(say("ham") == 200);
    CHECK(world.acts() == once + 1);
}

TEST_CASE("a full list says so, and takes nothing more of an import")
{
    World world;
    const auto most = storage::most_list_entries("bob@example.test");
    const auto report = world.import("own", most + 2);
    REQUIRE(report.status == 200);
    CHECK(web::number_member(report.body, "added") == static_cast<double>(most));
    CHECK(web::number_member(report.body, "wrong") == 2);
    const auto add = [&](const std::string& entry) {
        return world.ask("POST", "/api/v1/lists", world.bob,
                         R"({"list": "block", "entry": ")" + entry + R"("})");
    };
    const auto refused = add("one.more.example");
    CHECK(refused.status == 422);
    CHECK(web::text_member(refused.body, "type") == "/problems/list-full");
    CHECK(add("host1.example").status == 201);
}

TEST_CASE("one person has two jobs at a time, and some places are kept for administrators")
{
    test::People people;
    web::Principal bob{.name = "bob", .role = Role::user, .account = 1};
    CHECK(people.jobs.begin(bob, "a", 0));
    const auto second = people.jobs.begin(bob, "b", 0);
    REQUIRE(second);
    CHECK_FALSE(people.jobs.begin(bob, "c", 0));
    second->state = web::Job::State::done;
    CHECK(people.jobs.begin(bob, "c", 0));
    std::size_t others = 0;
    for (bob.account = 2; people.jobs.begin(bob, "d", 0); ++bob.account)
        ++others;
    CHECK(others == 4);
    const web::Principal root{.name = "root", .role = Role::administrator, .account = 99};
    CHECK(people.jobs.begin(root, "e", 0));
    CHECK(people.jobs.begin(root, "f", 0));
    CHECK_FALSE(people.jobs.begin(root, "g", 0));
}

TEST_CASE("a download has a place until it is taken to the end")
{
    web::Downloads downloads;
    const web::Principal bob{.name = "bob", .role = Role::user, .account = 1};
    auto first = downloads.begin(bob);
    const auto second = downloads.begin(bob);
    REQUIRE(second);
    CHECK_FALSE(downloads.begin(bob));
    CHECK(downloads.begin({.name = "ann", .role = Role::user, .account = 2}));
    {
        const auto response = web::download(std::move(first), "message/rfc822", "body");
        CHECK(response.length == 4);
        CHECK_FALSE(downloads.begin(bob));
    }
    CHECK(downloads.begin(bob));
    const web::Principal command{.name = "root", .role = Role::administrator};
    std::vector<std::shared_ptr<web::Downloads::Place>> many;
    for (int i = 0; i < 20; ++i)
        CHECK(many.emplace_back(downloads.begin(command)));
}
