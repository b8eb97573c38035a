// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/web/people.hpp"

using web::Role;

namespace {
std::string credentials(const std::string& name, const std::string& password)
{
    return R"({"name": ")" + name + R"(", "password": ")" + password + R"("})";
}

std::string text(const test::People::Answer& answer, std::string_view name)
{
    return web::text_member(answer.body, name).value_or("");
}

std::string account_text(const test::People::Answer& answer, std::string_view name)
{
    return web::text_member(web::member_of(answer.body, "account"), name).value_or("");
}
}

TEST_CASE("whoever signs in gets a token that says who it is, until it is signed off")
{
    test::People people;
    people.add("bob", Role::user, {"bob@example.test"}, {}, true);
    const auto in = people.ask("POST", "/api/v1/session", "",
                               credentials(" BOB ", people.password_of("bob")));
    REQUIRE(in.status == 201);
    const auto token = text(in, "token");
    CHECK(token.starts_with("s_"));
    CHECK(in.headers.at("cache-control") == "no-store");
    const auto who = people.ask("GET", "/api/v1/session", token);
    CHECK(who.status == 200);
    CHECK(text(who, "token").empty());
    CHECK(text(who, "csrf") == text(in, "csrf"));
    CHECK(account_text(who, "name") == "bob");
    CHECK(account_text(who, "role") == "user");
    CHECK(people.ask("DELETE", "/api/v1/session", token).status == 204);
    CHECK(people.ask("GET", "/api/v1/session", token).status == 401);
}

TEST_CASE("a wrong password, an unknown name and an account without password are told the same")
{
    test::People people;
    people.add("bob", Role::user, {}, {}, true);
    people.add("eve", Role::user);
    const auto wrong = people.ask("POST", "/api/v1/session", "", credentials("bob", "no"));
    const auto unknown = people.ask("POST", "/api/v1/session", "", credentials("nobody", "no"));
    const auto without = people.ask("POST", "/api/v1/session", "", credentials("eve", ""));
    CHECK(wrong.status == 401);
    CHECK(unknown.text == wrong.text);
    CHECK(without.text == wrong.text);
    CHECK(people.ask("POST", "/api/v1/session", "", "{}").status == 400);
}

TEST_CASE("too many failed sign-ins are refused for a quarter of an hour, with the right password, "
          "too")
{
    test::People people;
    people.add("bob", Role::user, {}, {}, true);
    const auto right = credentials("bob", people.password_of("bob"));
    for (int i = 0; i < web::SignIn::most_per_account_and_client; ++i)
        CHECK(people.ask("POST", "/api/v1/session", "", credentials("bob", "no")).status == 401);
    const auto refused = people.ask("POST", "/api/v1/session", "", right);
    CHECK(refused.status == 429);
    CHECK(refused.headers.at("retry-after") == "900");
    people.gateway.env.advance(web::SignIn::attempt_window * 2);
    CHECK(people.ask("POST", "/api/v1/session", "", right).status == 201);
}

TEST_CASE("who guesses a password keeps nobody out who comes from elsewhere")
{
    test::People people;
    people.add("bob", Role::user, {}, {}, true);
    const auto from = [&](int number, const std::string& body) {
        const auto client = "192.0.2." + std::to_string(number);
        return people.ask("POST", "/api/v1/session", "", body, {{"mailweir-client", client}})
            .status;
    };
    const auto right = credentials("bob", people.password_of("bob"));
    for (int i = 0; i < 40; ++i)
        CHECK(from(1, credentials("bob", "no"))
              == (i < web::SignIn::most_per_account_and_client ? 401 : 429));
    CHECK(from(1, right) == 429);
    CHECK(from(2, right) == 201);
    for (int i = 0; i < web::SignIn::most_per_account; ++i)
        (void)from(3 + i / 10, credentials("bob", "no"));
    CHECK(from(200, right) == 429);
}

TEST_CASE("an address that tries many names is refused, however it varies its IPv6 address")
{
    test::People people;
    unsigned last = 0;
    for (int i = 0; i <= web::SignIn::most_per_client; ++i)
        last = people
                   .ask("POST", "/api/v1/session", "", credentials("u" + std::to_string(i), "no"),
                        {{"mailweir-client", "2001:db8::" + std::to_string(i)}})
                   .status;
    CHECK(last == 429);
    CHECK(people.ask("POST", "/api/v1/session", "", credentials("v", "no")).status == 401);
}

TEST_CASE("sign-ins that succeed are no attempts")
{
    test::People people;
    people.add("bob", Role::user, {}, {}, true);
    for (int i = 0; i < web::SignIn::most_per_account_and_client + 2; ++i)
        CHECK(
            people.ask("POST", "/api/v1/session", "", credentials("bob", people.password_of("bob")))
                .status
            == 201);
}

TEST_CASE("a token never outlives a sign-in, a lock, a new role or its time")
{
    test::People people;
    const auto bob = people.add("bob", Role::user, {}, {}, true);
    const auto before = people.token_of(bob);
    const auto in = people.ask("POST", "/api/v1/session", before,
                               credentials("bob", people.password_of("bob")));
    REQUIRE(in.status == 201);
    CHECK(people.ask("GET", "/api/v1/session", before).status == 401);
    CHECK(people.command("PATCH", "/api/v1/users/bob", R"({"role": "auditor"})").status == 200);
    CHECK(people.ask("GET", "/api/v1/session", text(in, "token")).status == 401);

    const auto idle = people.token_of(bob);
    people.gateway.env.advance(web::SignIn::longest_idle + std::chrono::minutes{1});
    CHECK(people.ask("GET", "/api/v1/session", idle).status == 401);
    const auto locked = people.token_of(bob);
    CHECK(people.command("PATCH", "/api/v1/users/bob", R"({"locked": true})").status == 200);
    CHECK(people.ask("GET", "/api/v1/session", locked).status == 401);
    CHECK(people.ask("POST", "/api/v1/session", "", credentials("bob", people.password_of("bob")))
              .status
          == 403);
}

TEST_CASE("a used session lasts a week at most")
{
    test::People people;
    const auto token = people.token_of(people.add("bob", Role::user));
    for (int hours = 0; hours < 7 * 24; hours += 6) {
        CHECK(people.ask("GET", "/api/v1/session", token).status == 200);
        people.gateway.env.advance(std::chrono::hours{6});
    }
    CHECK(people.ask("GET", "/api/v1/session", token).status == 401);
}

TEST_CASE("a request that came by cookie changes nothing without the page's own proof")
{
    test::People people;
    const auto token = people.token_of(people.add("bob", Role::user));
    const auto csrf = text(people.ask("GET", "/api/v1/session", token), "csrf");
    const test::People::Headers by_cookie{{"mailweir-cookie", "1"}};
    CHECK(people.ask("GET", "/api/v1/session", token, "", by_cookie).status == 200);
    CHECK(people.ask("DELETE", "/api/v1/session", token, "", by_cookie).status == 403);
    for (const std::string wrong : {"x", "", "s_"})
        CHECK(people
                  .ask("DELETE", "/api/v1/session", token, "",
                       {{"mailweir-cookie", "1"}, {"x-csrf-token", wrong}})
                  .status
              == 403);
    CHECK(people
              .ask("DELETE", "/api/v1/session", token, "",
                   {{"mailweir-cookie", "1"}, {"x-csrf-token", csrf}})
              .status
          == 204);
}

TEST_CASE("without a token only what is open answers")
{
    test::People people;
    for (const auto& route : web::routes()) {
        INFO(route.method << " " << route.pattern);
        const auto answer = people.ask(std::string{route.method}, std::string{route.pattern});
        CHECK((answer.status != 401) == route.need.is_open);
        const auto forged = people.ask(std::string{route.method}, std::string{route.pattern},
                                       "s_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        CHECK((forged.status != 401) == route.need.is_open);
    }
}

TEST_CASE("a new password needs the old one, ends the other sessions and gives a new token")
{
    test::People people;
    const auto bob = people.add("bob", Role::user, {}, {}, true);
    const auto here = people.token_of(bob), elsewhere = people.token_of(bob);
    const auto change = [&](const std::string& old, const std::string& next) {
        return people.ask("POST", "/api/v1/session/password", here,
                          R"({"old": ")" + old + R"(", "new": ")" + next + R"("})");
    };
    CHECK(change("wrong", "a long new one").status == 422);
    CHECK(change(people.password_of("bob"), "short").status == 422);
    const auto changed = change(people.password_of("bob"), "a long new one");
    REQUIRE(changed.status == 201);
    CHECK(people.ask("GET", "/api/v1/session", here).status == 401);
    CHECK(people.ask("GET", "/api/v1/session", elsewhere).status == 401);
    CHECK(people.ask("GET", "/api/v1/session", text(changed, "token")).status == 200);
    CHECK(people.ask("POST", "/api/v1/session", "", credentials("bob", "a long new one")).status
          == 201);
}

TEST_CASE("who must change the password can do nothing else")
{
    test::People people;
    const auto root = people.add("root", Role::administrator);
    people.wait(people.sign_in.changes().apply(root.number, {.must_change_password = true}));
    const auto token = people.token_of(root);
    CHECK(people.ask("GET", "/api/v1/users", token).status == 403);
    CHECK(people.ask("GET", "/api/v1/session", token).status == 200);
}

TEST_CASE("the link of the first run makes one administrator, once")
{
    test::People people;
    const auto made = people.command("POST", "/api/v1/setup/link");
    REQUIRE(made.status == 201);
    const auto url = text(made, "url"), link = text(made, "token");
    CHECK(url == "http://127.0.0.1:8025/setup?token=" + link);
    CHECK(web::is_member_true(people.ask("GET", "/api/v1/setup?token=" + link).body, "valid"));
    const auto set_up = [&](const std::string& token) {
        return people.ask("POST", "/api/v1/setup", "",
                          R"({"token": ")" + token
                              + R"(", "name": "ann", "password": "a long password"})");
    };
    CHECK(set_up("l_guess").status == 404);
    const auto in = set_up(link);
    REQUIRE(in.status == 201);
    CHECK(account_text(in, "role") == "administrator");
    CHECK(set_up(link).status == 404);
    CHECK(!web::is_member_true(people.ask("GET", "/api/v1/setup?token=" + link).body, "valid"));
    CHECK(people.command("POST", "/api/v1/setup/link").status == 409);
}

TEST_CASE("a link of the first run is void after a day, and when a newer one is made")
{
    test::People people;
    const auto first = text(people.command("POST", "/api/v1/setup/link"), "token");
    const auto second = text(people.command("POST", "/api/v1/setup/link"), "token");
    const auto is_valid = [&](const std::string& link) {
        return web::is_member_true(people.ask("GET", "/api/v1/setup?token=" + link).body, "valid");
    };
    CHECK(!is_valid(first));
    CHECK(is_valid(second));
    people.gateway.env.advance(std::chrono::hours{25});
    CHECK(!is_valid(second));
}
