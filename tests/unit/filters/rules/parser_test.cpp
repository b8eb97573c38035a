// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/load.hpp"
#include "filters/rules/parser.hpp"
#include "filters/rules/rule_set.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace filters::rulebook;

namespace {
RuleBook book_of(std::string_view text)
{
    Parser parser;
    parser.read(text, "test.cf");
    return parser.take();
}
std::vector<std::string> names_of(const RuleBook& book)
{
    std::vector<std::string> names;
    for (const auto& rule : book.rules)
        if (rule.kind != Kind::empty)
            names.push_back(rule.name);
    return names;
}
using Names = std::vector<std::string>;
}

TEST_CASE("rule files: conditions choose lines")
{
    CHECK(names_of(
              book_of("if (version >= 4.000000)\nbody A /a/\nelse\nbody B /b/\nendif\n"
                      "ifplugin Mail::SpamAssassin::Plugin::MIMEHeader\n body C /c/ # {\nendif\n"
                      "if !plugin(Mail::SpamAssassin::Plugin::TextCat)\nbody D /d/\nendif\n"
                      "if can(Mail::SpamAssassin::Conf::feature_bug6558_free)\nbody E /e/\nendif\n"
                      "if (version >= 5.0)\nif (1)\nbody F /f/\nelse\nbody G /g/\nendif\nendif\n"))
          == Names{"A", "C", "D", "E"});
}

TEST_CASE("rule files: a comment ends at the line, an escaped sign is none")
{
    const auto book = book_of("body A /a\\#b/i # comment\n  # nothing\n\nbody B m{x/y}s\r\n");
    REQUIRE(names_of(book) == Names{"A", "B"});
    CHECK(book.rules[0].expression.text == "a#b");
    CHECK(book.rules[0].expression.modifiers == "i");
    CHECK(book.rules[1].expression.text == "x/y");
    CHECK(book.rules[1].place.line == 4);
}

TEST_CASE("rule files: the last definition and the last score count")
{
    const auto book = book_of("body A /a/\nuri A /b/\nscore A 1\nscore A 2 3 4 5\n"
                              "describe A First\nlang ja describe A 二番\n");
    REQUIRE(book.rules.size() == 1);
    CHECK(book.rules[0].kind == Kind::uri);
    CHECK(book.traits_of("A").scores == std::array<double, 4>{2, 3, 4, 5});
    CHECK(book.traits_of("A").descriptions.at("ja") == "二番");
}

TEST_CASE("rule files: arguments of functions")
{
    const auto book
        = book_of("header A eval:check_x('one', \"two, three\" , 4)\nbody B eval:f()\n");
    REQUIRE(book.rules.size() == 2);
    CHECK(book.rules[0].arguments == Names{"one", "two, three", "4"});
    CHECK(book.rules[0].target == Kind::header);
    CHECK(book.rules[1].arguments.empty());
}

TEST_CASE("rule files: every line that has no effect is said, with its place")
{
    struct Row {
        std::string_view text;
        int column;
        Remark::Severity severity;
    };
    using enum Remark::Severity;
    const auto row = GENERATE(values<Row>({
        {"body A a", 8, broken},
        {"body A /a", 8, broken},
        {"body A //", 8, broken},
        {"body A /a/q", 8, broken},
        {"body 1A /a/", 6, broken},
        {"body A-B /a/", 6, broken},
        {"header A Subject /a/", 18, broken},
        {"header A Subject ~= /a/", 18, broken},
        {"header A eval:x", 15, broken},
        {"header A eval:x('a)", 17, broken},
        {"score A", 1, broken},
        {"score A 1 2", 1, broken},
        {"score A nought", 9, broken},
        {"score A 1e99", 9, broken},
        {"meta A", 6, broken},
        {"include other.cf", 1, broken},
        {"endif", 1, broken},
        {"else", 1, broken},
        {"if (version >", 1, broken},
        {"require_version 9.0", 17, broken},
        {"frobnicate 7", 1, unsupported},
        {"bayes_auto_learn 1", 1, elsewhere},
    }));
    INFO(row.text);
    auto book = book_of(std::string{row.text} + (row.text.starts_with("if") ? "\nendif\n" : "\n"));
    REQUIRE(book.remarks.size() == 1);
    CHECK(book.remarks[0].severity == row.severity);
    CHECK(book.remarks[0].complaint.line == 1);
    CHECK(book.remarks[0].complaint.column == row.column);
    CHECK(book.remarks[0].complaint.source_line == row.text);
}

TEST_CASE("rule files: what cannot run is said when the tests are made")
{
    struct Row {
        std::string_view text;
        int column;
        std::string_view says;
    };
    const auto row = GENERATE(values<Row>({
        {"body A /a(b/", 12, "parenthesis"},
        {"meta A B && C", 1, "no file defines B, C"},
        {"meta A (A", 8, "never closed"},
        {"meta A !A", 1, "needs itself"},
        {"body A eval:whatever()", 1, "whatever"},
        {"header A From:frob =~ /a/", 1, "modifier"},
        {"header A eval:check_rbl('x', 'y.')", 1, "network"},
    }));
    INFO(row.text);
    auto book = book_of(row.text);
    const RuleSet set{book, {}};
    REQUIRE(book.remarks.size() == 1);
    CHECK(book.remarks[0].complaint.column == row.column);
    CHECK_THAT(book.remarks[0].complaint.text, Catch::Contains(std::string{row.says}));
}

TEST_CASE("rule files: an if that nobody ends is said where it begins")
{
    const auto book = book_of("body A /a/\nif (1)\nbody B /b/\n");
    REQUIRE(book.remarks.size() == 1);
    CHECK(book.remarks[0].complaint.line == 2);
}

TEST_CASE("rule files: whatever has no effect is said")
{
    struct Row {
        std::string_view text, name;
        Remark::Severity severity;
    };
    using enum Remark::Severity;
    const auto row = GENERATE(values<Row>({
        {"trusted_networks 10.0.0.0/8\n", "trusted_networks", unsupported},
        {"originating_ip_headers X-IP\n", "originating_ip_headers", unsupported},
        {"util_rb_tld com\n", "util_rb_tld", elsewhere},
        {"lang de body GUT /gut/\n", "body", unsupported},
        {"ifplugin Mail::SpamAssassin::Plugin::PDFInfo\nbody PDF eval:pdf_count(1)\nendif\n", "PDF",
         unsupported},
    }));
    INFO(row.text);
    Parser parser;
    parser.read(row.text, "test.cf");
    const auto book = parser.take();
    REQUIRE(book.remarks.size() == 1);
    CHECK(book.remarks[0].name == row.name);
    CHECK(book.remarks[0].severity == row.severity);
}

TEST_CASE("rule files: so many remarks that one more is not kept hide nothing broken")
{
    std::string text;
    for (std::size_t i = 0; i < BookLimits::remarks + 10; ++i)
        text += "trusted_networks 10.0.0.0/8\n";
    Parser parser;
    parser.read(text + "body BROKEN a/\n", "test.cf");
    const auto book = parser.take();
    CHECK(book.remarks.back().severity == Remark::Severity::broken);
}

TEST_CASE("rule files: a flag that nobody here knows is said, and a wrong maxhits")
{
    const auto book
        = book_of("body A /a/\ntflags A multiple maxhits=3 noautolearn publish\ntflags B odd nice\n"
                  "tflags C maxhits=2\ntflags D multiple maxhits=some\n");
    CHECK(book.traits_of("A").flags.most_hits == 3);
    CHECK(book.traits_of("B").flags.is_nice);
    REQUIRE(book.remarks.size() == 3);
    CHECK(book.remarks[0].complaint.text.contains("\"odd\""));
    CHECK(book.remarks[0].severity == Remark::Severity::unsupported);
    CHECK(book.remarks[1].complaint.text.contains("without \"multiple\""));
    CHECK(book.remarks[2].severity == Remark::Severity::broken);
}

TEST_CASE("rule files: a link that leads nowhere is said")
{
    std::string folder = "/tmp/mailweir-rules-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    std::filesystem::create_symlink("gone.cf", folder + "/10_lost.cf");
    std::filesystem::create_symlink("gone", folder + "/other");
    std::ofstream{folder + "/20_here.cf"} << "body HERE /here/\n";
    const auto book = load_rules(std::vector{folder});
    std::filesystem::remove_all(folder);
    CHECK(names_of(book) == Names{"HERE"});
    REQUIRE(book.remarks.size() == 1);
    CHECK(book.remarks[0].complaint.file == folder + "/10_lost.cf");
    CHECK(book.remarks[0].complaint.text.contains("leads nowhere"));
}
