// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/rules/evaluation.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace filters::rulebook;

namespace {
double value_of(std::string_view name, std::vector<std::string> arguments, std::string_view text)
{
    const auto message = mail::Message::from_text(text);
    const auto content = filters::content::analyse(message, {});
    const MessageView view{message, content};
    const auto function = find_evaluation(name);
    REQUIRE(function != nullptr);
    return function({view, Lists{}}, arguments);
}

std::string repeated(std::string_view text, int count)
{
    std::string all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

std::string plain(std::string_view body, std::string_view charset = "us-ascii")
{
    return "Subject: x\r\nContent-Type: text/plain; charset=" + std::string{charset} + "\r\n\r\n"
        + std::string{body} + "\r\n";
}

std::string alternative(std::string_view text, std::string_view html,
                        std::string_view kind = "alternative")
{
    return "Subject: x\r\nContent-Type: multipart/" + std::string{kind}
    + "; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + std::string{text}
    + "\r\n--b\r\nContent-Type: text/html\r\n\r\n" + std::string{html} + "\r\n--b--\r\n";
}
}

TEST_CASE("capitals: blanks must part words, digits are small, other scripts do not count")
{
    const auto share = [](const std::string& mail) {
        return value_of("check_for_uppercase", {"50", "75"}, mail);
    };
    const auto half = repeated("A", 60) + repeated("b", 40);
    CHECK(share(plain(repeated(half + " ", 3))) == 1);
    CHECK(share(plain(half + " " + half.substr(0, 50))) == 0);
    CHECK(share(plain(repeated(half, 4))) == 0);
    CHECK(share(plain(repeated("12345 ", 50) + repeated(half + " ", 3))) == 0);
    CHECK(share(plain(repeated(half + " ", 3), "koi8-r")) == 0);
}

TEST_CASE("blanks: the line that has most of them counts")
{
    const auto few = [](std::string_view body) {
        return value_of("tvd_vertical_words", {"0", "10"}, plain(body));
    };
    CHECK(few(repeated("x", 100)) == 1);
    CHECK(few(repeated("x", 100) + " y") == 1);
    CHECK(few("x y z x y z") == 0);
    CHECK(few("x") == 0);
}

TEST_CASE("little text beside much HTML is measured as it was sent, within an alternative")
{
    const auto html = "<p>" + repeated("word ", 200);
    const auto is_mostly = [](const std::string& mail) {
        return value_of("check_mime_multipart_ratio", {"0.00", "0.01"}, mail);
    };
    CHECK(is_mostly(alternative("", html)) == 1);
    CHECK(is_mostly(alternative("x", html)) == 1);
    CHECK(is_mostly(alternative(repeated("x", 12), html)) == 0);
    CHECK(is_mostly(alternative("x", html, "mixed")) == 0);
}

TEST_CASE("alternatives: words are what stands between blanks, a picture is one")
{
    const auto differs = [](std::string_view text, std::string_view html) {
        return value_of("multipart_alternative_difference", {"99", "100"}, alternative(text, html));
    };
    CHECK(differs("one two", "<p>three four") == 1);
    CHECK(differs("one", "<p>one,") == 1);
    CHECK(differs("one two", "<p>two") == 0);
    CHECK(differs("", "<p>two") == 1);
    CHECK(differs("one", "<p>&nbsp; .") == 0);
    CHECK(differs("one", "<p><img src='cid:1'>") == 1);
}

TEST_CASE("recipients that begin alike")
{
    const auto alike = [](std::string_view to) {
        return value_of("similar_recipients", {"0.65", "undef"},
                        "To: " + std::string{to} + "\r\n\r\nx\r\n");
    };
    CHECK(alike("joe@a.example, john@a.example, jon@a.example, josh@a.example, job@a.example")
          == 1);
    CHECK(alike("ann@net1.example, bob@net2.example, cy@net3.example, di@net4.example, "
                "eve@net5.example")
          == 1);
    CHECK(alike("ann@net1.example, bob@ab.example, cy@cd.example, di@ef.example, eve@gh.example")
          == 0);
    CHECK(alike("joe@a.example, john@a.example") == 0);
}

TEST_CASE("an id of 28 capitals and the address of a sender with a name")
{
    const auto hits = [](std::string_view from, std::string_view id) {
        return value_of("check_ratware_name_id", {},
                        "From: " + std::string{from} + "\r\nMessage-ID: " + std::string{id}
                            + "\r\n\r\nx\r\n");
    };
    const auto id = "<" + repeated("A", 28) + ".joe@a.example>";
    CHECK(hits("\"Joe\" <joe@a.example>", id) == 1);
    CHECK(hits("Joe <joe@a.example>", id) == 0);
    CHECK(hits("\"Joe\" <jim@a.example>", id) == 0);
    CHECK(hits("\"Joe\" <joe@a.example>", "<AAA.joe@a.example>") == 0);
}

TEST_CASE("no function takes long for a long text")
{
    const auto text = repeated("&#", 240'000);
    const auto start = std::chrono::steady_clock::now();
    CHECK(value_of("check_abundant_unicode_ratio", {"0.02"}, plain(text)) == 0);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{3});
    CHECK(value_of("check_abundant_unicode_ratio", {"0.02"}, plain("&#1234;&#1235;")) == 1);
}

TEST_CASE("charsets of others are far away only where ok_locales says whose are near")
{
    const auto message = mail::Message::from_text(plain("x", "koi8-r"));
    const auto content = filters::content::analyse(message, {});
    const MessageView view{message, content};
    const auto function = find_evaluation("check_for_faraway_charset");
    REQUIRE(function != nullptr);
    struct Row {
        std::vector<std::string> locales;
        bool is_far;
    };
    const auto row = GENERATE(
        values<Row>({{{}, false}, {{"all"}, false}, {{"en", "ru"}, false}, {{"en", "ja"}, true}}));
    Lists lists;
    lists.words["ok_locales"] = row.locales;
    CHECK((function({view, lists}, {}) != 0) == row.is_far);
}
