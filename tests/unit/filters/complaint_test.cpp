// SPDX-License-Identifier: Apache-2.0
#include "filters/complaint.hpp"

#include <catch2/catch.hpp>

#include <array>

using namespace filters;

TEST_CASE("a complaint shows the place, the line, a caret and a hint")
{
    const Complaint complaint{"mailweir.yaml",
                              3,
                              5,
                              "unknown key \"hostnme\"",
                              "    hostnme: a",
                              "did you mean \"hostname\"?"};
    CHECK(complaint.to_string()
          == "mailweir.yaml:3:5: error: unknown key \"hostnme\"\n"
             "    hostnme: a\n"
             "    ^\n"
             "did you mean \"hostname\"?");
}

TEST_CASE("a caret stands under its character even behind wide characters and tabs")
{
    const Complaint wide{"p", 1, 9, "x", "text: 迷惑 [", ""};
    CHECK(wide.to_string() == "p:1:9: error: x\ntext: 迷惑 [\n          ^");
    const Complaint tab{"p", 1, 3, "x", "\ta\tb", ""};
    CHECK(tab.to_string() == "p:1:3: error: x\n a b\n  ^");
}

TEST_CASE("a control character in the source line never reaches the terminal")
{
    const Complaint complaint{"p", 1, 1, "x", "a\x1b[31mb", ""};
    CHECK(complaint.to_string() == "p:1:1: error: x\na?[31mb\n^");
}

TEST_CASE("a long line shows the part around the caret")
{
    const Complaint complaint{"p", 1, 501, "x", std::string(500, 'a') + "!" + std::string(500, 'b'),
                              ""};
    const auto text = complaint.to_string();
    CHECK(text.size() < 300);
    const auto lines = text.substr(text.find('\n') + 1);
    const auto caret = lines.substr(lines.find('\n') + 1);
    CHECK(caret == std::string(51, ' ') + "^");
    CHECK(lines.starts_with("…" + std::string(50, 'a') + "!"));
}

TEST_CASE("a complaint about a whole file has no line")
{
    CHECK(Complaint{.file = "p", .text = "larger than 8 MiB"}.to_string()
          == "p: error: larger than 8 MiB");
}

TEST_CASE("many complaints are counted, not all printed")
{
    const Complaints many(70, Complaint{.file = "p", .text = "x"});
    const auto text = to_string(many);
    CHECK(text.ends_with("and 20 more\n"));
}

TEST_CASE("the nearest word is what a typist meant")
{
    constexpr std::array<std::string_view, 4> words{"quarantine", "tag", "reject", "discard"};
    struct Row {
        std::string_view typed, meant;
    };
    for (const auto& [typed, meant] :
         {Row{"quarantene", "quarantine"}, Row{"qaurantine", "quarantine"}, Row{"tga", "tag"},
          Row{"Reject", "reject"}, Row{"rejct", "reject"}, Row{"bounce", ""}, Row{"", ""},
          Row{"zzz", ""}}) {
        INFO(typed);
        CHECK(nearest(typed, words) == meant);
    }
    CHECK(did_you_mean("tga", words) == "did you mean \"tag\"?");
    CHECK(did_you_mean("bounce", words).empty());
}
