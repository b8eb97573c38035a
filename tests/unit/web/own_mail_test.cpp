// SPDX-License-Identifier: Apache-2.0
// What a person does with the own mail and lists.
#include "storage/preferences.hpp"
#include "tests/unit/web/people.hpp"

using web::Role;

namespace {
std::string text(const boost::json::value& object, std::string_view name)
{
    return web::text_member(object, name).value_or("");
}
}

TEST_CASE("an own entry counts for each of the person's addresses and is shown once")
{
    test::People people;
    const auto bob
        = people.token_of(people.add("bob", Role::user, {"bob@a.test", "robert@b.test"}));
    const auto added
        = people.ask("POST", "/api/v1/lists", bob,
                     R"({"list": "block", "entry": "Eve@Spam.test", "expires": "30 days"})");
    REQUIRE(added.status == 201);
    CHECK(text(added.body, "author") == "bob");
    const auto lists = people.gateway.storage.lists->snapshot();
    const mail::ReversePath eve = mail::Mailbox::parse("eve@spam.test").value();
    for (const std::string scope : {"bob@a.test", "robert@b.test"})
        CHECK(lists->matches(scope, eve, nullptr, people.gateway.env.wall_now()).size() == 1);
    const auto shown = people.ask("GET", "/api/v1/lists", bob);
    CHECK(web::array_member(shown.body, "entries").size() == 1);
    const auto tested = people.ask("GET", "/api/v1/lists/test?sender=eve@spam.test", bob);
    CHECK(text(tested.body, "decision") == "block");
    CHECK(people.ask("DELETE", "/api/v1/lists?list=block&entry=eve@spam.test", bob).status == 200);
    CHECK(web::array_member(people.ask("GET", "/api/v1/lists", bob).body, "entries").empty());
}

TEST_CASE("who tests an entry learns that an administrator's one decides, not who wrote it or why")
{
    test::People people;
    const auto bob = people.token_of(people.add("bob", Role::user, {"bob@a.test"}));
    CHECK(people
              .command("POST", "/api/v1/lists",
                       R"({"list": "block", "entry": "spam.test", "note": "a secret"})")
              .status
          == 201);
    CHECK(people.ask("POST", "/api/v1/lists", bob, R"({"list": "allow", "entry": "spam.test"})")
              .status
          == 201);
    const auto tested = people.ask("GET", "/api/v1/lists/test?sender=eve@spam.test", bob);
    CHECK(web::array_member(tested.body, "matches").size() == 2);
    CHECK(text(tested.body, "decision") == "block");
    CHECK(!tested.text.contains("secret"));
}

TEST_CASE("preferences are kept, bounded, and act on the person's addresses")
{
    test::People people;
    const auto bob = people.token_of(people.add("bob", Role::user, {"bob@example.test"}));
    const auto put = [&](const std::string& body) {
        return people.ask("PUT", "/api/v1/preferences", bob, body);
    };
    const auto kept = put(R"({"language": "ja", "digest": {"days": ["mon", "fri"], "hour": 8},
                  "thresholds": {"tag": 5, "quarantine": null}})");
    REQUIRE(kept.status == 200);
    const auto read = people.ask("GET", "/api/v1/preferences", bob);
    CHECK(read.text == kept.text);
    CHECK(text(read.body, "language") == "ja");
    CHECK(read.text.contains(R"("digest":{"days":["mon","fri"],"hour":8,"default":false})"));
    const auto policies = people.gateway.storage.preferences->snapshot();
    REQUIRE(policies->contains("bob@example.test"));
    CHECK(policies->find("bob@example.test")->second.tag == 5);
    for (const std::string wrong :
         {R"({"thresholds": {"tag": 0.5}})", R"({"thresholds": {"tag": 99}})",
          R"({"thresholds": {"quarantine": "x"}})", R"({"digest": {"days": ["noday"]}})",
          R"({"digest": {"days": [], "hour": 24}})", R"({"language": "xx"})"}) {
        INFO(wrong);
        CHECK(put(wrong).status == 422);
    }
    CHECK(put(R"({"thresholds": null, "filter_off": true})").status == 200);
    CHECK(people.gateway.storage.preferences->snapshot()->find("bob@example.test")->second.is_off);
    CHECK(put(R"({"filter_off": false})").status == 200);
    CHECK(people.gateway.storage.preferences->snapshot()->empty());
}

TEST_CASE("preferences survive a restart and go with their account")
{
    test::People people;
    const auto account = people.add("bob", Role::user, {"bob@example.test"});
    const auto bob = people.token_of(account);
    CHECK(people.ask("PUT", "/api/v1/preferences", bob, R"({"filter_off": true})").status == 200);
    CHECK(
        people.command("PATCH", "/api/v1/users/bob", R"({"addresses": ["b@example.test"]})").status
        == 200);
    CHECK(people.gateway.storage.preferences->snapshot()->contains("b@example.test"));
    CHECK(people.command("DELETE", "/api/v1/users/bob").status == 204);
    CHECK(people.gateway.storage.preferences->snapshot()->empty());
}

TEST_CASE("an account sees where it is signed in and ends all but the session that asks")
{
    test::People people;
    const auto account = people.add("bob", Role::user);
    const auto here = people.token_of(account), there = people.token_of(account);
    const auto seen = people.ask("GET", "/api/v1/sessions", here);
    CHECK(web::array_member(seen.body, "sessions").size() == 2);
    CHECK(people.ask("DELETE", "/api/v1/sessions", here).text == R"({"changed":1})");
    CHECK(people.ask("GET", "/api/v1/session", there).status == 401);
    CHECK(people.ask("GET", "/api/v1/session", here).status == 200);
}

TEST_CASE(
    "a preview says whether nobody in particular has the name, by the list of public suffixes")
{
    test::People people;
    const auto bob = people.token_of(people.add("bob", Role::user, {"bob@a.test"}));
    people.gateway.context.history->record({.id = {people.gateway.ids.next({}), 1},
                                            .time = people.gateway.env.wall_now(),
                                            .stage = "data",
                                            .sender = "eve@shop.spam.co.jp",
                                            .recipient = "bob@a.test"});
    const auto preview = [&](const std::string& entry) {
        const auto answer = people.ask("GET", "/api/v1/lists/preview?entry=" + entry, bob);
        REQUIRE(answer.status == 200);
        return answer.body;
    };
    for (const std::string wide : {"com", "co.jp", "ac.jp", "*.kobe.jp", "example"}) {
        CAPTURE(wide);
        CHECK(web::is_member_true(preview(wide), "public_suffix"));
    }
    for (const std::string own : {"spam.co.jp", "city.kobe.jp", "co.de", "eve@com", "192.0.2.1"}) {
        CAPTURE(own);
        CHECK_FALSE(web::is_member_true(preview(own), "public_suffix"));
    }
    CHECK(web::number_member(preview("co.jp"), "would_have_hit") == 1);
}

namespace {
net::awaitable<bool> hold(test::People& people, mail::MailId id, std::string reason)
{
    co_await people.commit_held(id, "bob@a.test", std::move(reason));
    co_return true;
}
}

TEST_CASE("a held row names the rule that held it, and what that rule says of itself")
{
    test::People people;
    const auto bob = people.token_of(people.add("bob", Role::user, {"bob@a.test"}));
    struct Case {
        std::string stored, rule, detail;
    };
    const Case cases[]{{"words.quarantine: a: lottery", "words.quarantine", "a: lottery"},
                       {"lists.block_global a@b.test", "lists.block_global", "a@b.test"},
                       {"points ≥ 6", "points ≥ 6", ""},
                       {"spf.fail, dkim.none", "spf.fail, dkim.none", ""},
                       {"any: spf.fail, dkim.none", "any: spf.fail, dkim.none", ""},
                       {"held by an administrator", "held by an administrator", ""},
                       {"delivery.refused", "delivery.refused", ""}};
    for (const auto& [stored, rule, detail] : cases) {
        CAPTURE(stored);
        const auto id = people.gateway.ids.next(people.gateway.env.wall_now());
        people.wait(hold(people, id, stored));
        const auto shown = people.ask("GET", "/api/v1/quarantine?limit=1", bob);
        const auto& row = web::array_member(shown.body, "rows").at(0);
        CHECK(text(row, "reason") == rule);
        CHECK(text(row, "detail") == detail);
    }
}

TEST_CASE("who takes the original of a message away is recorded, the owner, too")
{
    test::People people;
    const auto bob = people.token_of(people.add("bob", Role::user, {"bob@a.test"}));
    const auto id = people.gateway.ids.next(people.gateway.env.wall_now());
    people.wait(hold(people, id, "points"));
    const auto path = "/api/v1/messages/" + id.to_string();
    CHECK(people.ask("GET", path, bob).status == 200);
    CHECK(people.ask("GET", path + "/preview", bob).status == 200);
    CHECK(people.wait(people.gateway.storage.audit->list(0, 10)).empty());
    const auto original = people.ask("GET", path + "/content", bob);
    CHECK(original.status == 200);
    const auto acts = people.wait(people.gateway.storage.audit->list(0, 10));
    REQUIRE(acts.size() == 2);
    CHECK(acts[1].who + " " + acts[1].act + " " + acts[1].object
          == "bob view body " + id.to_string() + "/1");
}
