// SPDX-License-Identifier: Apache-2.0
#include "web/api/list_scope.hpp"

#include <catch2/catch.hpp>

using storage::ListEntry;
using web::parse_list_csv;

namespace {
const std::chrono::system_clock::time_point now
    = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
}

TEST_CASE("scopes have one form in the store and one for people")
{
    CHECK(*web::parse_scope("") == "");
    CHECK(*web::parse_scope("global") == "");
    CHECK(*web::parse_scope("domain:Example.JP") == "example.jp");
    CHECK(*web::parse_scope("user:Bob@Example.JP") == "bob@example.jp");
    CHECK(web::scope_text("") == "global");
    CHECK(web::scope_text("example.jp") == "domain:example.jp");
    CHECK(web::scope_text("bob@example.jp") == "user:bob@example.jp");
    for (const char* bad : {"all", "user:", "user:bob", "domain:", "domain:a b"})
        CHECK_FALSE(web::parse_scope(bad));
}

TEST_CASE("CSV without a head is list, entry, scope, note")
{
    const auto lines = parse_list_csv("block,spam.example,global,\"says \"\"hi\"\", often\"\r\n"
                                      "# a comment\r\n"
                                      "\r\n"
                                      "allow,a@b.example,user:bob@example.org,\r\n",
                                      "", now);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].problem == "");
    CHECK(lines[0].entry.text == "spam.example");
    CHECK(lines[0].entry.effect == ListEntry::Effect::block);
    CHECK(lines[0].entry.note == "says \"hi\", often");
    CHECK(lines[1].line == 4);
    CHECK(lines[1].entry.scope == "bob@example.org");
    CHECK(lines[1].entry.effect == ListEntry::Effect::allow);
}

TEST_CASE("a head line orders the columns, a user column is a scope")
{
    const auto lines = parse_list_csv(
        "User;Action;Entry;Expires\nbob@example.org;Block;x@y.example;2027-01-31\n", "example.org",
        now);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].problem == "");
    CHECK(lines[0].entry.scope == "bob@example.org");
    CHECK(lines[0].entry.effect == ListEntry::Effect::block);
    REQUIRE(lines[0].entry.expires);
    CHECK(*lines[0].entry.expires == std::chrono::sys_days{std::chrono::year{2027} / 1 / 31});
}

TEST_CASE("a line without scope takes the import's own")
{
    const auto lines = parse_list_csv("block,spam.example\n", "example.org", now);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].entry.scope == "example.org");
}

TEST_CASE("each wrong line says why, the others stand")
{
    const auto lines
        = parse_list_csv("block,not an entry\nperhaps,a.example\nblock,a.example,user:nobody\n"
                         "block,good.example\nlist,entry,scope,note\n",
                         "", now);
    REQUIRE(lines.size() == 5);
    CHECK(lines[0].problem != "");
    CHECK(lines[1].problem == "the list is allow or block");
    CHECK(lines[2].problem != "");
    CHECK(lines[3].problem == "");
    CHECK(lines[4].problem != "");
}

TEST_CASE("a quoted field may hold line ends and still counts lines")
{
    const auto lines
        = parse_list_csv("block,a.example,global,\"one\ntwo\"\nblock,b.example\n", "", now);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].entry.note == "one\ntwo");
    CHECK(lines[1].line == 3);
}

TEST_CASE("an import ends at 100,000 lines")
{
    std::string csv;
    for (int i = 0; i < 100'100; ++i)
        csv += "block,a.example\n";
    CHECK(parse_list_csv(csv, "", now).size() == 100'000);
}
