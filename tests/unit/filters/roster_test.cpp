// SPDX-License-Identifier: Apache-2.0
#include "filters/roster.hpp"

#include <catch2/catch.hpp>

using filters::RosterForm;
using filters::RosterReader;

namespace {
using Lists = std::map<std::string, std::set<std::string>>;
RosterReader read(RosterForm form, std::initializer_list<std::string_view> lines,
                  std::string list = {})
{
    RosterReader reader{form, "our.example", std::move(list)};
    for (const auto line : lines)
        reader.line(line);
    reader.end();
    return reader;
}
}

TEST_CASE("rosters: aliases(5) with continuations, quotes, commands, files and includes")
{
    const auto reader = read(
        RosterForm::aliases,
        {"# comment", "postmaster: root, Ann@far.example,", "\t \"b c\"@x.example", "  # another",
         "root: \\bob", "pipe: \"|/usr/bin/x a, b\", |y z, /var/mail/z", "\"with blank\": eve",
         "all: :include:/etc/lists/all, dan", "", "nobody:", "no colon"});
    CHECK(reader.lists
          == Lists{
              {"postmaster@our.example", {"root@our.example", "ann@far.example", "b c@x.example"}},
              {"root@our.example", {"bob@our.example"}},
              {"pipe@our.example", {}},
              {"with blank@our.example", {"eve@our.example"}},
              {"all@our.example", {"dan@our.example"}},
              {"nobody@our.example", {}}});
    REQUIRE(reader.includes.size() == 1);
    CHECK(reader.includes.front()
          == std::pair<std::string, std::string>{"all@our.example", "/etc/lists/all"});
    CHECK(reader.unreadable == 1);
}

TEST_CASE("rosters: virtual(5) with catch-alls and declared domains")
{
    const auto reader
        = read(RosterForm::virtuals,
               {"our.example anything", "info@our.example ann@far.example, bob",
                "@sub.example eve@far.example", "carl dan@far.example", "  frank@far.example"});
    CHECK(reader.lists
          == Lists{{"info@our.example", {"ann@far.example", "bob@our.example"}},
                   {"@sub.example", {"eve@far.example"}},
                   {"carl@our.example", {"dan@far.example", "frank@far.example"}}});
    CHECK(reader.unreadable == 0);
}

TEST_CASE("rosters: CSV with and without heads of columns")
{
    const auto reader
        = read(RosterForm::csv,
               {"List,Member", "staff@our.example;\"Ann@far.example\"", "staff,bob,more", "alone"});
    CHECK(reader.lists == Lists{{"staff@our.example", {"ann@far.example", "bob@our.example"}}});
    CHECK(reader.unreadable == 1);
}

TEST_CASE("rosters: members of one list, with names or without")
{
    const auto reader = read(RosterForm::members,
                             {"Ann Example <ann@far.example>", "bob@far.example", "> <", "a b c"},
                             "staff@our.example");
    CHECK(reader.lists == Lists{{"staff@our.example", {"ann@far.example", "bob@far.example"}}});
    CHECK(reader.unreadable == 2);
}

TEST_CASE("rosters: more members than are read are told of")
{
    RosterReader reader{RosterForm::members, "", "staff@our.example"};
    for (std::size_t i = 0; i <= RosterReader::most_members; ++i)
        reader.line("m" + std::to_string(i) + "@far.example");
    CHECK(reader.is_cut);
    CHECK(reader.lists["staff@our.example"].size() == RosterReader::most_members);
}
