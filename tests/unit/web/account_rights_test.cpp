// SPDX-License-Identifier: Apache-2.0
// What who looks after domains may do to accounts.
#include "tests/unit/web/people.hpp"

#include <array>

using web::Role;

namespace {
struct World : test::People {
    std::string dora;

    World()
    {
        add("root", Role::administrator);
        add("aud", Role::auditor, {"aud@a.test"});
        add("bob", Role::user, {"bob@a.test"});
        add("hal", Role::helpdesk, {}, {"a.test"});
        add("two", Role::user, {"two@a.test", "two@b.test"});
        add("dan", Role::user, {"dan@b.test"});
        add("sub", Role::user, {"sub@x.a.test"});
        add("hel", Role::helpdesk, {"hel@a.test"}, {"a.test", "b.test"});
        add("emp", Role::user);
        add("don", Role::domain_administrator, {}, {"a.test"});
        dora = token_of(add("dora", Role::domain_administrator, {"dora@a.test"}, {"a.test"}));
    }
    unsigned patch(const std::string& name, const std::string& body)
    {
        return ask("PATCH", "/api/v1/users/" + name, dora, body).status;
    }
};
constexpr std::array mine{"bob", "hal"};
constexpr std::array others{"root", "aud", "two", "dan", "sub", "hel", "emp", "don", "dora"};
}

TEST_CASE("a domain's administrator sees users and helpdesk of the own domains and nobody else")
{
    World world;
    const auto list = world.ask("GET", "/api/v1/users", world.dora);
    REQUIRE(list.status == 200);
    std::string names;
    for (const auto& row : web::array_member(list.body, "rows"))
        names += web::text_member(row, "name").value_or("") + " ";
    CHECK(names == "bob hal ");
    CHECK(web::array_member(world.ask("GET", "/api/v1/users?text=b.test", world.dora).body, "rows")
              .empty());
    for (const std::string name : mine)
        CHECK(world.ask("GET", "/api/v1/users/" + name, world.dora).status == 200);
    for (const std::string name : others) {
        INFO(name);
        CHECK(world.ask("GET", "/api/v1/users/" + name, world.dora).status == 404);
        CHECK(world.patch(name, R"({"locked": true})") == 404);
        CHECK(world.patch(name, R"({"role": "user"})") == 404);
        CHECK(world.ask("DELETE", "/api/v1/users/" + name + "/sessions", world.dora).status == 404);
    }
}

TEST_CASE("a domain's administrator adds, locks and resets, never upward and never elsewhere")
{
    World world;
    const auto [body, status] = GENERATE(table<std::string, unsigned>({
        {R"({"name": "new", "addresses": ["new@a.test"], "password": "long enough 1"})", 201},
        {R"({"name": "new", "role": "helpdesk", "domains": ["a.test"]})", 201},
        {R"({"name": "new", "role": "domain", "domains": ["a.test"]})", 403},
        {R"({"name": "new", "role": "auditor", "addresses": ["new@a.test"]})", 403},
        {R"({"name": "new", "role": "administrator", "addresses": ["new@a.test"]})", 403},
        {R"({"name": "new", "addresses": ["new@b.test"]})", 403},
        {R"({"name": "new", "addresses": ["new@x.a.test"]})", 403},
        {R"({"name": "new", "addresses": ["new@a.test", "new@b.test"]})", 403},
        {R"({"name": "new", "addresses": ["\"x@a.test\"@b.test"]})", 403},
        {R"({"name": "new", "role": "helpdesk", "domains": ["b.test"]})", 403},
        {R"({"name": "new@a.test", "addresses": ["new@a.test"]})", 201},
        {R"({"name": "ceo@b.test", "addresses": ["new@a.test"]})", 403},
        {R"({"name": "new"})", 422},
        {R"({"name": "dan", "addresses": ["new@a.test"]})", 409},
    }));
    INFO(body);
    CHECK(world.ask("POST", "/api/v1/users", world.dora, body).status == status);
}

TEST_CASE("a change that would take an account out of the own domains is refused")
{
    World world;
    CHECK(world.patch("bob", R"({"locked": true})") == 200);
    CHECK(world.patch("bob", R"({"password": "another one 2", "must_change_password": true})")
          == 200);
    CHECK(world.patch("bob", R"({"role": "helpdesk"})") == 200);
    CHECK(world.patch("bob", R"({"role": "administrator"})") == 403);
    CHECK(world.patch("bob", R"({"role": "domain"})") == 403);
    CHECK(world.patch("bob", R"({"addresses": ["bob@b.test"]})") == 403);
    CHECK(world.patch("bob", R"({"domains": ["b.test"]})") == 403);
    CHECK(world.patch("bob", R"({"addresses": [], "domains": []})") == 422);
    CHECK(world.ask("DELETE", "/api/v1/users/bob", world.dora).status == 403);
    CHECK(world.ask("GET", "/api/v1/users/bob/tokens", world.dora).status == 403);
    const auto entries = world.wait(world.gateway.storage.audit->list(0, 100));
    REQUIRE(entries.size() == 3);
    CHECK(entries.front().who == "dora");
    CHECK(entries.front().object == "bob (helpdesk, locked)");
    CHECK(entries[1].act == "user passwd");
}

TEST_CASE("the password that a directory keeps is not reset here")
{
    World world;
    const auto account = *world.wait(world.sign_in.accounts().find("bob"));
    REQUIRE(world.wait(world.sign_in.changes().apply(account.number, {.is_local = false})));
    CHECK(world.patch("bob", R"({"password": "another one 2"})") == 422);
    CHECK(world.patch("bob", R"({"locked": true})") == 200);
}

TEST_CASE(
    "where a directory keeps names a domain's administrator takes none that might be another's")
{
    struct Directory final : web::PeopleDirectory {
        bool is_in_use() const override { return true; }
        net::awaitable<std::expected<web::Person, web::Refusal>> prove(std::string,
                                                                       std::string) override
        {
            co_return std::unexpected{web::SignIn::wrong_credentials()};
        }
    } directory;
    World world;
    world.sign_in.use(&directory);
    const auto add = [&](const std::string& name) {
        return world
            .ask("POST", "/api/v1/users", world.dora,
                 R"({"name": ")" + name + R"(", "addresses": ["x@a.test"]})")
            .status;
    };
    CHECK(add("ceo") == 403);
    CHECK(add("x@a.test") == 201);
}
