// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/gateway.hpp"

#include "storage/list_bounds.hpp"
#include "storage/list_table.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using storage::ListEntry;
using Effect = ListEntry::Effect;
using Kind = ListEntry::Kind;

namespace {
ListEntry entry(std::string_view text, Effect effect = Effect::block, std::string scope = "")
{
    auto parsed = storage::parse_list_entry(text);
    REQUIRE(parsed);
    parsed->effect = effect;
    parsed->scope = std::move(scope);
    return *parsed;
}

net::awaitable<void> add_one(storage::Lists& lists, std::string text, std::size_t& refused)
{
    const auto stored = co_await lists.add(entry(text, Effect::block, "ann@c.example"));
    refused += stored ? 0 : 1;
}

/// "allow TEXT" or "block TEXT" of the winner, "" without one.
std::string winner(const storage::ListSnapshot& lists, std::string_view sender,
                   const char* client = nullptr, std::string_view scope = "")
{
    mail::ReversePath path;
    if (!sender.empty())
        path = *mail::Mailbox::parse(sender);
    const auto ip = client ? mail::Ip::parse(client) : std::nullopt;
    const auto matches = lists.matches(scope, path, ip ? &*ip : nullptr, net::TestEnv{}.wall_now());
    if (matches.empty())
        return "";
    const auto& entry = matches.front().entry;
    return (entry.effect == Effect::allow ? "allow " : "block ") + entry.text;
}
}

TEST_CASE("an entry is read as people write it")
{
    const auto [written, kind, text] = GENERATE(table<std::string, Kind, std::string>({
        {"a@b.example", Kind::address, "a@b.example"},
        {" Ann@B.Example ", Kind::address, "ann@b.example"},
        {"b.example", Kind::domain, "b.example"},
        {"B.EXAMPLE.", Kind::domain, "b.example"},
        {"@b.example", Kind::domain, "b.example"},
        {"*@b.example", Kind::domain, "b.example"},
        {"*.b.example", Kind::domain, "b.example"},
        {".com", Kind::part, "com"},
        {"com", Kind::part, "com"},
        {"bücher.example", Kind::domain, "xn--bcher-kva.example"},
        {"192.0.2.1", Kind::network, "192.0.2.1/32"},
        {"192.0.2.77/24", Kind::network, "192.0.2.0/24"},
        {"2001:db8::/32", Kind::network, "2001:db8::/32"},
    }));
    CAPTURE(written);
    const auto parsed = storage::parse_list_entry(written);
    REQUIRE(parsed);
    CHECK(parsed->kind == kind);
    if (kind == Kind::network)
        CHECK(mail::Network::parse(parsed->text) == mail::Network::parse(text));
    else
        CHECK(parsed->text == text);
}

TEST_CASE("what is no entry is refused")
{
    const auto written
        = GENERATE(as<std::string>{}, "", "  ", "a@", "@", "a b@c.example", "*.", "192.0.2.0/33",
                   "b.example/24", "[192.0.2.1]", "a@b@c", "b..example", "x\ny.example");
    CAPTURE(written);
    CHECK_FALSE(storage::parse_list_entry(written));
}

TEST_CASE("the more specific entry wins, at a tie allow")
{
    const auto lists = storage::ListTable::of({
        entry("example"),
        entry("b.example", Effect::allow),
        entry("sub.b.example"),
        entry("ann@sub.b.example", Effect::allow),
        entry("tie.example", Effect::block),
        entry("tie.example", Effect::allow),
        entry("198.51.100.0/24"),
        entry("198.51.100.9", Effect::allow),
        entry("2001:db8::/32", Effect::block),
    });
    const auto [sender, client, expected] = GENERATE(table<std::string, const char*, std::string>({
        {"x@other.test", nullptr, ""},
        {"", nullptr, ""},
        {"x@example", nullptr, "block example"},
        {"x@a.example", nullptr, "block example"},
        {"x@b.example", nullptr, "allow b.example"},
        {"x@deep.b.example", nullptr, "allow b.example"},
        {"x@sub.b.example", nullptr, "block sub.b.example"},
        {"x@y.sub.b.example", nullptr, "block sub.b.example"},
        {"ANN@Sub.B.Example", nullptr, "allow ann@sub.b.example"},
        {"ann@x.sub.b.example", nullptr, "block sub.b.example"},
        {"x@notb.example", nullptr, "block example"},
        {"x@tie.example", nullptr, "allow tie.example"},
        {"x@other.test", "198.51.100.1", "block 198.51.100.0/24"},
        {"", "198.51.100.1", "block 198.51.100.0/24"},
        {"x@b.example", "198.51.100.1", "block 198.51.100.0/24"},
        {"x@other.test", "198.51.101.1", ""},
        {"ann@sub.b.example", "198.51.100.1", "allow ann@sub.b.example"},
        {"x@other.test", "2001:db8::1", "block 2001:db8::/32"},
        {"x@other.test", "2001:db9::1", ""},
        {"x@[198.51.100.1]", nullptr, ""},
    }));
    CAPTURE(sender, client ? client : "");
    CHECK(winner(*lists, sender, client) == expected);
}

TEST_CASE("scopes do not see each other")
{
    const auto lists = storage::ListTable::of({
        entry("b.example", Effect::block, ""),
        entry("b.example", Effect::allow, "user@c.example"),
    });
    CHECK(winner(*lists, "x@b.example", nullptr, "") == "block b.example");
    CHECK(winner(*lists, "x@b.example", nullptr, "user@c.example") == "allow b.example");
    CHECK(winner(*lists, "x@b.example", nullptr, "c.example").empty());
}

TEST_CASE("an expired entry never matches")
{
    auto old = entry("b.example");
    old.expires = net::TestEnv{}.wall_now();
    auto later = entry("c.example");
    later.expires = net::TestEnv{}.wall_now() + 1s;
    const auto lists = storage::ListTable::of({old, later});
    CHECK(winner(*lists, "x@b.example").empty());
    CHECK(winner(*lists, "x@c.example") == "block c.example");
}

TEST_CASE("a changed copy leaves the table before it as it was")
{
    const auto before = storage::ListTable::of({entry("a.example"), entry("b.example")});
    auto noted = entry("b.example");
    noted.note = "again";
    const auto after
        = before->with(noted)->with(entry("c.example"))->without("", Effect::block, "a.example");
    CHECK(winner(*before, "x@a.example") == "block a.example");
    CHECK(winner(*before, "x@c.example").empty());
    CHECK(winner(*after, "x@a.example").empty());
    CHECK(winner(*after, "x@c.example") == "block c.example");
    CHECK(before->entries().size() == 2);
    CHECK(after->entries().size() == 2);
    CHECK(after->find("", Effect::block, "b.example")->note == "again");
}

TEST_CASE("lists are durable, take effect at once, and keep their numbers when replaced")
{
    Gateway gateway;
    auto lists = [&]() -> storage::Lists& { return *gateway.storage->lists; };
    auto wanted = entry("b.example", Effect::block, "user@c.example");
    wanted.author = "user@c.example";
    wanted.note = "too much";
    wanted.created = gateway.env.wall_now();
    const auto stored = wait_for(gateway.loop, lists().add(wanted)).value();
    CHECK(stored.number != 0);
    wait_for(gateway.loop, lists().add(entry("c.example", Effect::allow)));
    CHECK(winner(*lists().snapshot(), "x@b.example", nullptr, "user@c.example")
          == "block b.example");
    wanted.note = "far too much";
    CHECK(wait_for(gateway.loop, lists().add(wanted))->number == stored.number);
    gateway.restart();
    auto listed = wait_for(gateway.loop, lists().list("user@c.example", std::nullopt));
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].number == stored.number);
    CHECK(listed[0].note == "far too much");
    CHECK(listed[0].author == "user@c.example");
    CHECK(listed[0].created == wanted.created);
    CHECK(wait_for(gateway.loop, lists().list(std::nullopt, Effect::allow)).size() == 1);
    CHECK(wait_for(gateway.loop, lists().list(std::nullopt, std::nullopt)).size() == 2);
    CHECK(lists().count() == 2);
    CHECK_FALSE(wait_for(gateway.loop, lists().remove("", Effect::block, "b.example")));
    CHECK(wait_for(gateway.loop, lists().remove("user@c.example", Effect::block, "b.example")));
    CHECK(winner(*lists().snapshot(), "x@b.example", nullptr, "user@c.example").empty());
    CHECK(lists().count() == 1);
    gateway.restart();
    CHECK(wait_for(gateway.loop, lists().list(std::nullopt, std::nullopt)).size() == 1);
    CHECK(lists().count() == 1);
}

TEST_CASE("a user's lists take so many entries and no more, whatever others have")
{
    Gateway gateway;
    auto& lists = *gateway.storage->lists;
    std::size_t refused = 0;
    const auto add = [&](std::string text, std::string scope) {
        return wait_for(gateway.loop, lists.add(entry(text, Effect::block, scope))).has_value();
    };
    const auto most = storage::most_list_entries("ann@c.example");
    std::vector<net::awaitable<void>> work;
    for (std::size_t i = 0; i < most + 3; ++i)
        work.push_back(add_one(lists, "host" + std::to_string(i) + ".example", refused));
    wait_for(gateway.loop, net::all(std::move(work)));
    CHECK(refused == 3);
    CHECK_FALSE(add("more.example", "ann@c.example"));
    CHECK(add("host0.example", "ann@c.example")); // replaced
    CHECK(add("more.example", "bob@c.example"));
    CHECK(wait_for(gateway.loop, lists.list("ann@c.example", std::nullopt)).size() == most);
    CHECK(wait_for(gateway.loop, lists.list("bob@c.example", std::nullopt)).size() == 1);
    CHECK(wait_for(gateway.loop, lists.list(std::nullopt, std::nullopt)).size() == most + 1);
    wait_for(gateway.loop, lists.remove("ann@c.example", Effect::block, "host1.example"));
    CHECK(add("more.example", "ann@c.example"));
    gateway.restart();
    auto& again = *gateway.storage->lists;
    CHECK(wait_for(gateway.loop, again.list("ann@c.example", std::nullopt)).size() == most);
    CHECK_FALSE(
        wait_for(gateway.loop, again.add(entry("last.example", Effect::block, "ann@c.example"))));
}

TEST_CASE("the entries of all scopes come page by page, the newest first, though others are added")
{
    Gateway gateway;
    auto& lists = *gateway.storage->lists;
    const auto add = [&](std::string text, std::string scope) {
        wait_for(gateway.loop, lists.add(entry(text, Effect::block, scope)));
    };
    const auto page = [&](std::string_view domain, std::int64_t before, std::size_t limit) {
        auto fits = [domain](const storage::ListEntry& one) { return one.scope.ends_with(domain); };
        return wait_for(gateway.loop, lists.newest(fits, before, limit));
    };
    for (int i = 0; i < 7; ++i)
        add("host" + std::to_string(i) + ".example", i % 2 == 0 ? "ann@c.example" : "d.example");
    const auto first = page("", 0, 3);
    REQUIRE(first.size() == 3);
    CHECK(first[0].text == "host6.example");
    CHECK(first[2].text == "host4.example");
    add("later.example", "c.example");
    wait_for(gateway.loop, lists.remove("d.example", Effect::block, "host3.example"));
    const auto second = page("", first.back().number, 3);
    REQUIRE(second.size() == 3);
    CHECK(second[0].text == "host2.example");
    CHECK(page("", second.back().number, 3).empty());
    CHECK(page("d.example", 0, 100).size() == 2);
    CHECK(page("", 0, 0).empty());
    lists.hit(second[0].number, gateway.env.wall_now());
    CHECK(page("", first.back().number, 1)[0].hits == 1);
}

TEST_CASE("uses of an entry are counted, also over a restart")
{
    Gateway gateway;
    const auto stored
        = wait_for(gateway.loop, gateway.storage->lists->add(entry("b.example"))).value();
    const auto now = gateway.env.wall_now();
    for (int i = 0; i < 3; ++i)
        gateway.storage->lists->hit(stored.number, now + std::chrono::seconds{i});
    const auto listed = [&] {
        return wait_for(gateway.loop, gateway.storage->lists->list(std::nullopt, std::nullopt))[0];
    };
    CHECK(listed().hits == 3);
    gateway.restart();
    CHECK(listed().hits == 3);
    CHECK(listed().last_hit == now + 2s);
    gateway.storage->lists->hit(stored.number, now + 5s);
    CHECK(listed().hits == 4);
}

TEST_CASE("a hundred thousand entries answer and change without being copied whole")
{
    std::vector<ListEntry> entries;
    for (int i = 0; i < 100'000; ++i) {
        ListEntry one;
        one.number = i + 1;
        one.kind = Kind::domain;
        one.effect = Effect::block;
        one.text = "host" + std::to_string(i) + ".example";
        entries.push_back(one);
    }
    auto lists = storage::ListTable::of(entries);
    CHECK(winner(*lists, "x@host99999.example") == "block host99999.example");
    for (int i = 0; i < 1000; ++i)
        lists = lists->with(entry("new" + std::to_string(i) + ".example"));
    CHECK(winner(*lists, "x@new999.example") == "block new999.example");
    CHECK(lists->entries().size() == 101'000);
}
