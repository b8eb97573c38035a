// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/html_text.hpp"

#include <catch2/catch.hpp>

using filters::rulebook::render_html;

TEST_CASE("text that nearly has its background's colour has low contrast")
{
    struct Row {
        std::string_view html;
        bool is_low;
    };
    const auto row = GENERATE(values<Row>({
        {"<font color=white>text</font>", true},
        {"<font color='#efefef'>text", true},
        {"<font color='#eeeeee'>text", false},
        {"<font color='#ffff64'>text", true},
        {"<font color=white> &nbsp;\n</font>text", false},
        {"<font color=white><b></font>text", false},
        {"<font color=white><font color=black>text", false},
        {"<body text='#fefefe'>text", true},
        {"<body bgcolor=black text=black>text", false},
        {"<span style='color:#FFF !important'>text</span>", true},
        {"<span style='color:white;background-color:red'>text</span>", false},
        {"<span style='background:#808080 url(x);color:#808182'>text</span>", true},
        {"<span style='background: rgb(255, 255, 255) none;color:black'>text</span>", false},
        {"<span style='background: rgb(2, 2, 2);color:black'>text</span>", true},
        {"<td style='background-color:red'><font color=white>text", false},
        {"<td style='color:white'><td>text", false},
        {"<td style='color:white'><table><tr><td>text", true},
        {"<h1 style='color:white'>text</h1>", false},
        {"<div style='color:white'><span></div>text", false},
        {"<span style='color:nosuch'>text</span>", false},
        {"<font color=white><span style='color:inherit'>text", true},
        {"<font color=white><style>text</style></font>", false},
    }));
    INFO(row.html);
    CHECK(render_html(row.html, 1000).has_low_contrast == row.is_low);
}

TEST_CASE("faces are words, colours have names or numbers")
{
    struct Row {
        std::string_view attribute;
        bool is_bad_face, is_invalid_colour;
    };
    const auto row = GENERATE(values<Row>({
        {"face='Arial, Helvetica, sans-serif'", false, false},
        {"face='\"Times New Roman\";'", false, false},
        {"face='Arial1'", false, false},
        {"face='Arial , Helvetica'", true, false},
        {"face='Arial,'", true, false},
        {"face='?'", true, false},
        {"face='a'", true, false},
        {"face=''", true, false},
        {"color='Red '", false, false},
        {"color='#fff'", false, false},
        {"color='rgb(1, 2, 3)'", false, false},
        {"color='ffffff'", false, true},
        {"color='#gggggg'", false, true},
        {"color='windowtext'", false, true},
        {"color=''", false, true},
    }));
    INFO(row.attribute);
    const auto text = render_html("<font " + std::string{row.attribute} + ">x</font>", 1000);
    CHECK(text.has_bad_face == row.is_bad_face);
    CHECK(text.has_invalid_colour == row.is_invalid_colour);
}

TEST_CASE("a colour that nobody knows counts where text has it")
{
    CHECK_FALSE(render_html("<font color=windowtext><img></font>x", 99).has_invalid_colour);
    CHECK_FALSE(render_html("<font color=windowtext> &nbsp;</font>x", 99).has_invalid_colour);
    CHECK(render_html("<font color=windowtext><img>x</font>", 99).has_invalid_colour);
    CHECK(render_html("<p style='background-color:nosuch'>x", 99).has_invalid_colour);
}

TEST_CASE("frames' other text is read with its tags, no-break spaces are spaces")
{
    const auto text = render_html("<noframes><a href='http://a.example/'>to a</a></noframes>b", 99);
    CHECK(text.text == "to ab");
    CHECK(text.uris.size() == 1);
    CHECK(render_html("a<br>&nbsp;\xC2\xA0<br>b", 99).text == "a\n\nb");
    CHECK(render_html("a&nbsp;<b>\xC2\xA0</b>\xC2", 99).text.starts_with("a "));
}

TEST_CASE("links: what a page adds beside a link is one, what is cited is none")
{
    const auto text = render_html("<a href='http://a.example/' "
                                  "data-saferedirecturl='http://b.example/'>x</a>"
                                  "<blockquote cite='http://c.example/'>y</blockquote>",
                                  99);
    REQUIRE(text.uris.size() == 2);
    CHECK(text.uris[0].tag == "a");
    CHECK(text.uris[0].text == "x");
    CHECK(text.uris[1].target == "http://b.example/");
    CHECK(text.uris[1].tag != "a");
}

TEST_CASE("tags: what is open in the end, and ends that close nothing")
{
    const auto text = render_html("<body><p>a</b></body></body><p></p>", 1000);
    CHECK(text.open.at("body") == 0);
    CHECK(text.open.at("b") == 0);
    CHECK(text.open.at("p") == 1);
    CHECK(text.extra_ends == 2);
    CHECK(text.tags == 7);
}

TEST_CASE("pictures have the size that is said of them, as SpamAssassin reads it")
{
    struct Row {
        std::string_view attributes;
        std::uint32_t width, height;
    };
    const auto row = GENERATE(values<Row>({
        {"", 0, 0},
        {"width=10 height=20", 10, 20},
        {"width=10px height=0", 200, 200},
        {"width='50%' height=' 9'", 400, 200},
        {"width=99999999999 height=-1", 200, 200},
    }));
    INFO(row.attributes);
    const auto text
        = render_html("<img " + std::string{row.attributes} + "> a\xC2\xA0\xC3\xA9", 99);
    REQUIRE(text.pictures.size() == 1);
    CHECK(text.pictures[0].width == row.width);
    CHECK(text.pictures[0].height == row.height);
    CHECK(text.visible_characters == 2);
}
