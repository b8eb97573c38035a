// SPDX-License-Identifier: Apache-2.0
#include "web/front/html.hpp"
#include "web/front/text.hpp"

#include <catch2/catch.hpp>

using namespace front;

TEST_CASE("forms are decoded, and what is broken stands as it was")
{
    struct Case {
        std::string text, name, value;
    };
    const Case cases[]{
        {"a=1&b=2", "b", "2"},
        {"name=a%40b.example+c", "name", "a@b.example c"},
        {"a=1&a=2", "a", "1"},
        {"a=%E6%97%A5", "a", "日"},
        {"a=%", "a", "%"},
        {"a=%4", "a", "%4"},
        {"a=%zz%41", "a", "%zzA"},
        {"=x&a", "a", ""},
        {"&&a=b&&", "a", "b"},
        {"a=b=c", "a", "b=c"},
        {"a%00b=c", std::string{"a\0b", 3}, "c"},
    };
    for (const auto& [text, name, value] : cases) {
        CAPTURE(text);
        CHECK(field(parse_fields(text), name) == value);
    }
    CHECK(parse_fields("").empty());
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += std::to_string(i) + "=1&";
    CHECK(parse_fields(many).size() == 200);
    CHECK(field(parse_fields("x=" + encoded("a b&=%/日")), "x") == "a b&=%/日");
}

TEST_CASE("a cookie counts only where one alone has its name")
{
    CHECK(cookie("a=1; b=2", "b") == "2");
    CHECK(cookie("b=2", "b") == "2");
    CHECK(cookie("ab=1;  b =  2 ", "b") == "2");
    CHECK(cookie("b=1; b=2", "b") == std::nullopt);
    CHECK(cookie("b=1=2", "b") == "1=2");
    CHECK(cookie("", "b") == std::nullopt);
    CHECK(cookie(";;;b", "b") == "");
    CHECK(cookie("B=1", "b") == std::nullopt);
}

TEST_CASE("a sign-in leads to our own pages alone")
{
    for (const std::string own : {"/", "/quarantine?text=a%20b", "/message/01ABC/1"})
        CHECK(safe_path(own) == own);
    for (const std::string foreign :
         {"", "quarantine", "//evil.example", "/\\evil.example", "https://evil.example/",
          "javascript:alert(1)", "/a b", "/a\r\nSet-Cookie: x", "/\x01", "/日"})
        CHECK(safe_path(foreign) == "/");
    CHECK(safe_path("/" + std::string(600, 'x')) == "/");
}

TEST_CASE("whatever goes into a page is text")
{
    const std::string hostile = "<script>\"'&\x01\x7F\n日";
    CHECK(html("<p title=\"{}\">{}</p>", hostile, hostile).str()
          == "<p title=\"&lt;script&gt;&quot;&#39;&amp;\xEF\xBF\xBD\xEF\xBF\xBD\n日\">"
             "&lt;script&gt;&quot;&#39;&amp;\xEF\xBF\xBD\xEF\xBF\xBD\n日</p>");
    CHECK(html("<b>{}</b>", html("<i>{}</i>", "{}")).str() == "<b><i>{}</i></b>");
    CHECK(html("{} of {}", 3, 7U).str() == "3 of 7");
    Html both = html("a");
    both += html("<b>");
    CHECK(both.str() == "a<b>");
}
