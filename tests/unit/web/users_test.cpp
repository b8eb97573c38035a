// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/web/people.hpp"

using web::Role;

namespace {
std::string text(const test::People::Answer& answer, std::string_view name)
{
    return web::text_member(answer.body, name).value_or("");
}
}

TEST_CASE("an administrator makes, changes, locks and removes accounts, and all of it is recorded")
{
    test::People people;
    const auto root = people.token_of(people.add("root", Role::administrator));
    const auto made = people.ask("POST", "/api/v1/users", root,
                                 R"({"name": "Bob", "role": "helpdesk", "password": "long enough 1",
                                     "addresses": ["Bob@Example.Test"],
                                     "domains": ["EXAMPLE.test"]})");
    REQUIRE(made.status == 201);
    CHECK(text(made, "name") == "bob");
    CHECK(web::text_members(made.body, "addresses")
          == std::vector<std::string>{"bob@example.test"});
    CHECK(web::text_members(made.body, "domains") == std::vector<std::string>{"example.test"});
    CHECK(!made.text.contains("argon2"));
    CHECK(people.ask("POST", "/api/v1/users", root, R"({"name": "bob"})").status == 409);
    CHECK(people.ask("PATCH", "/api/v1/users/bob", root, R"({"role": "domain"})").status == 200);
    CHECK(people.ask("GET", "/api/v1/users/bob", root).status == 200);
    CHECK(people.ask("DELETE", "/api/v1/users/bob", root).status == 204);
    CHECK(people.ask("GET", "/api/v1/users/bob", root).status == 404);
    std::string acts;
    for (const auto& entry : people.wait(people.gateway.storage.audit->list(0, 100)))
        acts = entry.who + " " + entry.act + "; " + acts;
    CHECK(acts
          == "root user add; root user add; root user add; root user change; root user remove; ");
}

TEST_CASE("what an account cannot be is told in plain words")
{
    test::People people;
    const auto body = GENERATE(values<std::string>({
        R"({"name": "a b"})",
        R"({"name": ""})",
        R"({"name": "x", "role": "king"})",
        R"({"name": "x", "addresses": ["nobody"]})",
        R"({"name": "x", "domains": ["a..b"]})",
        R"({"name": "x", "password": "short"})",
        R"({"name": "x", "password": "aaaaaaaaaaaaaaa"})",
        R"({"name": "x", "language": "tlh"})",
    }));
    INFO(body);
    const auto answer = people.command("POST", "/api/v1/users", body);
    CHECK(answer.status == 422);
    CHECK(!text(answer, "detail").empty());
}

TEST_CASE("nobody locks, demotes or removes the own account")
{
    test::People people;
    const auto root = people.token_of(people.add("root", Role::administrator));
    CHECK(people.ask("PATCH", "/api/v1/users/root", root, R"({"locked": true})").status == 409);
    CHECK(people.ask("PATCH", "/api/v1/users/root", root, R"({"role": "user"})").status == 409);
    CHECK(people.ask("DELETE", "/api/v1/users/root", root).status == 409);
    CHECK(people.ask("PATCH", "/api/v1/users/root", root, R"({"language": "ja"})").status == 200);
}

TEST_CASE("accounts are listed by name, page by page, and found by part of a name or address")
{
    test::People people;
    for (const std::string name : {"ann", "bob", "carol"})
        people.add(name, Role::user, {name + "@example.test"});
    const auto first = people.command("GET", "/api/v1/users?limit=2");
    CHECK(web::array_member(first.body, "rows").size() == 2);
    CHECK(text(first, "next") == "bob");
    const auto second = people.command("GET", "/api/v1/users?limit=2&after=bob");
    CHECK(web::array_member(second.body, "rows").size() == 1);
    CHECK(web::member_of(second.body, "next").is_null());
    const auto found = people.command("GET", "/api/v1/users?text=rol%40exa");
    CHECK(web::array_member(found.body, "rows").size() == 1);
}

TEST_CASE("a program's token may do what it was made for, as its account, until it is void")
{
    test::People people;
    people.add("root", Role::administrator);
    const auto made
        = people.command("POST", "/api/v1/users/root/tokens", R"({"scopes": "read", "name": "x"})");
    REQUIRE(made.status == 201);
    const auto token = text(made, "token");
    CHECK(people.ask("GET", "/api/v1/users", token).status == 200);
    CHECK(people.ask("POST", "/api/v1/users", token, R"({"name": "x"})").status == 403);
    const auto listed = people.command("GET", "/api/v1/users/root/tokens");
    CHECK(!listed.text.contains(token));
    const auto number = static_cast<int>(web::number_member(made.body, "number"));
    CHECK(people.command("DELETE", "/api/v1/users/root/tokens/" + std::to_string(number)).status
          == 204);
    CHECK(people.ask("GET", "/api/v1/users", token).status == 401);
    CHECK(people.command("POST", "/api/v1/users/root/tokens", R"({"scopes": "all"})").status
          == 422);
}

TEST_CASE("what an administrator does to an account stands, though its owner changes the password")
{
    test::People people;
    const auto root = people.token_of(people.add("root", Role::administrator));
    const auto eve = people.token_of(people.add("eve", Role::administrator, {}, {}, true));
    const auto change = GENERATE(values<std::string>({
        R"({"locked": true, "role": "user"})",
        R"({"role": "user", "password": "set by root 1"})",
    }));
    INFO(change);
    // The hashes take long: root's change comes in between.
    const auto both = people.ask_both(
        {"POST", "/api/v1/session/password", eve,
         R"({"old": ")" + people.password_of("eve") + R"(", "new": "her own new one"})"},
        {"PATCH", "/api/v1/users/eve", root, change});
    CHECK(both.second == 200);
    CHECK(both.first != 201);
    const auto after = people.wait(people.sign_in.accounts().find("eve"));
    REQUIRE(after);
    CHECK(after->role == Role::user);
    CHECK(after->is_locked == change.contains("locked"));
    CHECK(people.ask("GET", "/api/v1/session", eve).status == 401);
    CHECK(
        people
            .ask("POST", "/api/v1/session", {}, R"({"name": "eve", "password": "her own new one"})")
            .status
        == 401);
}

TEST_CASE("a password that an administrator sets ends sessions and tokens of the account; its own"
          " change leaves programs at work")
{
    test::People people;
    const auto root = people.token_of(people.add("root", Role::administrator));
    const auto eve = people.token_of(people.add("eve", Role::administrator, {}, {}, true));
    const auto made
        = people.command("POST", "/api/v1/users/eve/tokens", R"({"scopes": "read", "name": "x"})");
    const auto program = text(made, "token");
    const auto own = people.ask("POST", "/api/v1/session/password", eve,
                                R"({"old": ")" + people.password_of("eve")
                                    + R"(", "new": "her own new one"})");
    REQUIRE(own.status == 201);
    CHECK(people.ask("GET", "/api/v1/session", eve).status == 401);
    CHECK(people.ask("GET", "/api/v1/users", program).status == 200);
    CHECK(people.ask("PATCH", "/api/v1/users/eve", root, R"({"password": "set by root 1"})").status
          == 200);
    CHECK(people.ask("GET", "/api/v1/session", text(own, "token")).status == 401);
    CHECK(people.ask("GET", "/api/v1/users", program).status == 401);
    CHECK(people.ask("GET", "/api/v1/users", root).status == 200);
}
