// SPDX-License-Identifier: Apache-2.0
#include "storage/account_changes.hpp"
#include "tests/unit/storage/gateway.hpp"

using storage::Account;
using storage::AccountChange;
using storage::Reach;
using storage::Role;

namespace {
struct Book {
    Gateway gateway;
    Account eve = *wait_for(gateway.loop,
                            accounts().add({.name = "eve",
                                            .role = Role::administrator,
                                            .password = "first",
                                            .addresses = {"eve@a.example", "e@a.example"},
                                            .domains = {"a.example"}}));
    storage::Accounts& accounts() { return *gateway.storage->accounts; }
    storage::AccountChanges& changes() { return storage::changes_of(accounts()); }
    std::optional<Account> change(AccountChange change, Reach reach = Reach::everything())
    {
        return wait_for(gateway.loop, changes().apply(eve.number, std::move(change), reach));
    }
    bool begin(std::string password)
    {
        storage::Session session{.account = eve.number};
        session.hash[0] = ++sessions;
        session.expires = gateway.env.wall_now() + std::chrono::hours{1};
        return wait_for(gateway.loop, changes().begin_proven(session, std::move(password)));
    }
    std::uint8_t sessions = 0;
};
}

TEST_CASE("a change of an account touches what it names and nothing else")
{
    Book book;
    REQUIRE(book.change({.role = Role::user, .is_locked = true, .addresses = {{"eve@a.example"}}}));
    const auto after = book.change({.language = "ja"});
    REQUIRE(after);
    CHECK(after->language == "ja");
    CHECK(after->is_locked);
    CHECK(after->role == Role::user);
    CHECK(after->password == "first");
    CHECK(after->addresses == std::vector<std::string>{"eve@a.example"});
    CHECK(after->domains == std::vector<std::string>{"a.example"});
}

TEST_CASE("a password that was proven against another one changes nothing, nor on a locked account")
{
    Book book;
    CHECK(book.change({.password = "second", .if_password = "first"}));
    CHECK_FALSE(book.change({.password = "third", .if_password = "first"}));
    REQUIRE(book.change({.is_locked = true}));
    CHECK_FALSE(book.change({.password = "third", .if_password = "second"}));
    CHECK(book.change({.is_locked = false})->password == "second");
}

TEST_CASE("who looks after domains changes no account that has left them meanwhile")
{
    Book book;
    const auto dora = Reach::only({"a.example"}, {});
    CHECK_FALSE(book.change({.is_locked = true}, dora));
    REQUIRE(book.change({.role = Role::user}));
    CHECK(book.change({.is_locked = true}, dora));
    REQUIRE(book.change({.addresses = {{"eve@b.example"}}}));
    CHECK_FALSE(book.change({.is_locked = false}, dora));
}

TEST_CASE("a session begins only by the password that counts, and for nobody who is locked")
{
    Book book;
    CHECK(book.begin("first"));
    REQUIRE(book.change({.password = "second"}));
    CHECK_FALSE(book.begin("first"));
    CHECK(book.begin("second"));
    REQUIRE(book.change({.is_locked = true}));
    CHECK_FALSE(book.begin("second"));
}
