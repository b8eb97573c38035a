// SPDX-License-Identifier: Apache-2.0
// Digests from held mail to what their links do.
#include "storage/desk.hpp"
#include "tests/unit/web/people.hpp"
#include "web/api/json.hpp"
#include "web/api/people_settings.hpp"

using namespace std::chrono_literals;
using web::Role;

namespace {
constexpr std::string_view every_day
    = R"({"digest": {"days": ["mon","tue","wed","thu","fri","sat","sun"], "hour": 7}})";

struct World : test::People {
    std::string bob;

    World()
    {
        bob = token_of(add("bob", Role::user, {"bob@example.test"}));
        REQUIRE(ask("PUT", "/api/v1/preferences", bob, std::string{every_day}).status == 200);
    }
    storage::RowId hold(std::string from = "Ann <ann@c.test>", std::string reason = "points ≥ 6",
                        std::string to = "bob@example.test", double score = 6)
    {
        const auto id = gateway.ids.next(gateway.env.wall_now());
        wait(hold_one(id, std::move(from), std::move(reason), std::move(to), score));
        return {id, 1};
    }
    /// What is in the queue for an address, newest first.
    std::vector<storage::Row> queued(const std::string& to)
    {
        storage::RowQuery query;
        query.state = storage::RowState::waiting;
        query.recipient = to;
        return wait(gateway.storage.store->list(query));
    }
    std::size_t digests() { return queued("bob@example.test").size(); }
    void tick() { wait(tick_once()); }
    void pass(std::chrono::milliseconds time) { gateway.env.advance(time); }
    std::string token_for(storage::RowId row, std::string address = "bob@example.test")
    {
        return digests_key().token({row, std::move(address), gateway.env.wall_now() + 24h});
    }
    Answer look(const std::string& token) { return ask("GET", "/api/v1/digest/action?d=" + token); }
    Answer act(const std::string& token, const std::string& action)
    {
        return ask("POST", "/api/v1/digest/action", {},
                   R"({"d": ")" + token + R"(", "action": ")" + action + R"("})");
    }
    std::optional<storage::Row> row(storage::RowId id)
    {
        return wait(gateway.storage.store->row(id));
    }
    std::string actions(const std::string& token)
    {
        return web::json_text(web::member_of(look(token).body, "actions"));
    }
    const web::DigestKey& digests_key() const { return People::digests.key(); }

private:
    net::awaitable<bool> tick_once()
    {
        co_await People::digests.tick();
        co_return true;
    }
    net::awaitable<bool> hold_one(mail::MailId id, std::string from, std::string reason,
                                  std::string to, double score)
    {
        mail::Mail mail;
        mail.received_at = gateway.env.wall_now();
        mail.id = id;
        mail.sender = mail::Mailbox::parse("bounces@list.test").value();
        mail.message
            = mail::Message::from_text("From: " + from + "\r\nSubject: Lunch\r\n\r\nbody\r\n");
        std::vector<storage::NewRow> rows(1);
        rows[0].address = mail::Mailbox::parse(to).value();
        rows[0].state = storage::RowState::held;
        rows[0].reason = reason;
        rows[0].score = score;
        co_await gateway.storage.store->commit(mail, std::move(rows), {});
        co_return true;
    }
};
}

TEST_CASE("a digest goes out once for what is held, and again only for more")
{
    World world;
    world.hold();
    world.tick();
    CHECK(world.digests() == 0); // seven o'clock has not come since
    world.pass(24h);
    world.tick();
    REQUIRE(world.digests() == 1);
    CHECK(world.queued("bob@example.test").front().subject
          == "1 message is held for bob@example.test");
    for (int hour = 0; hour < 48; ++hour) {
        world.pass(1h);
        world.tick();
    }
    CHECK(world.digests() == 1);
    world.hold();
    world.hold();
    world.pass(24h);
    world.tick();
    REQUIRE(world.digests() == 2);
    CHECK(world.queued("bob@example.test").front().subject
          == "2 messages are held for bob@example.test");
}

TEST_CASE("nobody gets a digest who wants none, or for whom nothing of the own choice is held")
{
    World world;
    world.add("eve", Role::user, {"eve@example.test"});
    world.hold("Ann <ann@c.test>", "points ≥ 6", "eve@example.test");
    world.hold("Ann <ann@c.test>", "points ≥ 6", "nobody@example.test");
    world.hold("Ann <ann@c.test>", "delivery.refused");
    world.pass(24h);
    world.tick();
    CHECK(world.digests() == 0);
    // It was looked at, and is not again before the next time.
    const auto bob = world.wait(world.sign_in.accounts().digest_readers({"bob@example.test"}));
    CHECK(world.gateway.env.wall_now() - bob.at(0).told < 24h);
    CHECK(world.queued("eve@example.test").empty());
    CHECK(world.queued("nobody@example.test").empty());
    SECTION("the site's default is for accounts")
    {
        auto people = std::make_shared<web::PeopleSettings>();
        people->digest.schedule = {127, 7};
        people->digest.language = "ja";
        const bool is_for_everyone = GENERATE(false, true);
        people->digest.is_for_everyone = is_for_everyone;
        world.site.people = people;
        world.pass(24h);
        world.tick();
        REQUIRE(world.queued("eve@example.test").size() == 1);
        CHECK(world.queued("eve@example.test").front().subject.contains("保留メール"));
        CHECK(world.queued("nobody@example.test").size() == (is_for_everyone ? 1 : 0));
    }
}

TEST_CASE("a digest that a crash left without its note is not sent twice")
{
    World world;
    world.hold();
    world.pass(24h);
    world.tick();
    REQUIRE(world.digests() == 1);
    // As if the process had ended between the two.
    auto& accounts = world.sign_in.accounts();
    const auto forget = [&]() -> net::awaitable<bool> {
        co_await accounts.note_digest("bob@example.test", {});
        co_return true;
    };
    world.wait(forget());
    world.pass(1h);
    world.tick();
    CHECK(world.digests() == 1);
    const auto late = world.hold();
    world.pass(24h);
    world.tick();
    CHECK(world.digests() == 2);
    CHECK(world.row(late)->state == storage::RowState::held);
}

TEST_CASE("the command sends now, says for whom, and rehearses")
{
    World world;
    world.hold();
    world.pass(2min);
    const auto rehearsed = world.command("POST", "/api/v1/digests", R"({"dry_run": true})");
    CHECK(rehearsed.text
          == R"({"digests":[{"address":"bob@example.test","messages":1,"language":"en",)"
             R"("sent":false,"problem":""}]})");
    CHECK(world.digests() == 0);
    CHECK(world.command("POST", "/api/v1/digests", R"({"user": "bob"})").text.contains("true"));
    CHECK(world.digests() == 1);
    CHECK(world.command("POST", "/api/v1/digests", R"({"user": "bob@example.test"})").text
          == R"({"digests":[]})");
    CHECK(world.command("POST", "/api/v1/digests", R"({"user": "nobody"})").status == 404);
}

TEST_CASE("without pages that a link could lead to nobody gets a digest")
{
    World world;
    world.hold();
    world.site.web_url.clear(); // web.address: off
    world.pass(24h);
    world.tick();
    CHECK(world.digests() == 0);
    CHECK(world.command("POST", "/api/v1/digests", "{}").status == 409);
    world.site.web_url = "https://pages.test";
    world.tick();
    CHECK(world.digests() == 1);
}

TEST_CASE("a link shows as often as it is opened, and acts once")
{
    World world;
    const auto row = world.hold();
    const auto token = world.token_for(row);
    for (int i = 0; i < 50; ++i) {
        const auto shown = world.look(token);
        REQUIRE(shown.status == 200);
        CHECK(web::text_member(shown.body, "subject") == "Lunch");
        CHECK(web::text_member(shown.body, "recipient") == "bob@example.test");
    }
    CHECK(world.row(row)->state == storage::RowState::held);
    CHECK(world.actions(token) == R"(["deliver","allow","block","delete"])");
    CHECK(world.act(token, "deliver").status == 200);
    CHECK(world.row(row)->state == storage::RowState::waiting);
    CHECK(world.act(token, "deliver").status == 409);
    CHECK(world.act(token, "delete").status == 409);
    CHECK(world.row(row)->state == storage::RowState::waiting);
    CHECK(world.actions(token) == "[]");
    const auto entries = world.wait(world.gateway.storage.audit->list(0, 100));
    REQUIRE(entries.size() == 3);
    CHECK(entries.back().who == "bob@example.test");
    CHECK(entries.back().object == "deliver " + row.to_string());
}

TEST_CASE("always allow and block put the author on the own list")
{
    World world;
    const auto [action, state, list] = GENERATE(table<std::string, storage::RowState, std::string>({
        {"allow", storage::RowState::waiting, R"("list":"allow","entry":"ann@c.test")"},
        {"block", storage::RowState::held, R"("list":"block","entry":"ann@c.test")"},
    }));
    const auto row = world.hold("\"x <friend@good.test>\" <ann@c.test>");
    CHECK(world.act(world.token_for(row), action).status == 200);
    CHECK(world.row(row)->state == state);
    CHECK(world.actions(world.token_for(row)) == "[]"); // thrown away is out of sight
    const auto entries = world.ask("GET", "/api/v1/lists", world.bob).text;
    CHECK(entries.contains(list));
    CHECK(entries.contains(R"("author":"bob@example.test")"));
    CHECK(!entries.contains("good.test"));
}

TEST_CASE("what only an administrator may let through is not delivered by a link")
{
    World world;
    const auto row = world.hold("Ann <ann@c.test>", "clamav.infected");
    const auto token = world.token_for(row);
    CHECK(world.actions(token) == R"(["block","delete"])");
    CHECK(world.act(token, "deliver").status == 403);
    CHECK(world.act(token, "allow").status == 403);
    CHECK(world.row(row)->state == storage::RowState::held);
    CHECK(world.ask("GET", "/api/v1/lists", world.bob).text == R"({"entries":[],"next":null})");
    CHECK(world.act(token, "delete").status == 200);
}

TEST_CASE("a link works for its own row, its own address and its own time")
{
    World world;
    const auto row = world.hold();
    CHECK(world.look(world.token_for({row.mail, 2})).text.contains(R"("actions":[])"));
    CHECK(world.act(world.token_for({row.mail, 2}), "deliver").status == 409);
    CHECK(world.act(world.token_for(row, "eve@example.test"), "deliver").status == 409);
    CHECK(world.act("AAAA", "deliver").status == 410);
    CHECK(world.act(world.token_for(row), "purge").status == 403);
    const auto token = world.token_for(row);
    world.pass(25h);
    CHECK(world.look(token).status == 410);
    CHECK(world.act(token, "deliver").status == 410);
    CHECK(world.row(row)->state == storage::RowState::held);
}

TEST_CASE("a person goes back to the site's schedule")
{
    World world;
    const auto digest = [&](const std::string& body) {
        const auto answer = world.ask("PUT", "/api/v1/preferences", world.bob, body);
        REQUIRE(answer.status == 200);
        return web::json_text(web::member_of(answer.body, "digest"));
    };
    auto people = std::make_shared<web::PeopleSettings>();
    people->digest.schedule = {1, 9};
    world.site.people = people;
    CHECK(digest("{}").contains(R"("hour":7,"default":false)"));
    CHECK(digest(R"({"digest": {"default": true}})")
          == R"({"days":["mon"],"hour":9,"default":true})");
    CHECK(digest(R"({"digest": {"days": [], "hour": 3}})")
          == R"({"days":[],"hour":3,"default":false})");
}

TEST_CASE("held mail is kept as long as its people are told, and its link says when it is gone")
{
    World world;
    const auto settings = std::make_shared<web::PeopleSettings>();
    settings->keep_held = storage::Settings{}.keep_held;
    world.site.people = settings;
    const auto row = world.hold();
    const auto now = world.gateway.env.wall_now();
    const auto end = now + settings->keep_held;
    const auto told = world.ask("GET", "/api/v1/session", world.bob);
    CHECK(web::number_member(told.body, "quarantine_days") == 14);
    const auto held = [&] {
        const auto bob = world.token_of(world.wait(world.sign_in.accounts().find("bob")).value());
        return web::array_member(world.ask("GET", "/api/v1/quarantine", bob).body, "rows");
    };
    const auto rows = held();
    REQUIRE(rows.size() == 1);
    CHECK(web::text_member(rows[0], "expires_at") == web::rfc3339(end));
    const auto token = world.digests_key().token({row, "bob@example.test", end + 24h});
    const auto sweep = [&] {
        return world.wait(world.gateway.storage.store->sweep(world.gateway.env.wall_now()));
    };
    world.pass(settings->keep_held - 1min);
    CHECK(sweep() == 0);
    CHECK(held().size() == 1);
    world.pass(2min);
    CHECK(sweep() == 1);
    CHECK(held().empty());
    CHECK(world.look(token).status == 200);
    CHECK(world.actions(token) == "[]");
    CHECK(world.act(token, "deliver").status == 409);
}
