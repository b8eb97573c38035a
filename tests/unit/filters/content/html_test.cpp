// SPDX-License-Identifier: Apache-2.0
#include "filters/content/html.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
Html read(std::string_view html) { return read_html(html, Limits{}); }
}

TEST_CASE("visible text has blocks on lines and blanks between cells")
{
    const auto [html, text] = GENERATE(table<std::string_view, std::string_view>({
        {"<p>Hello,   <b>wor</b>ld<p>again", "Hello, world\nagain"},
        {"a<br>b<br/>c", "a\nb\nc"},
        {"<table><tr><td>a<td>b<tr><td>c</table>d", "a b\nc\nd"},
        {"<ul><li>one<li>two</ul>", "one\ntwo"},
        {"&nbsp;a&nbsp;&amp;&nbsp;b ", "a & b"},
        {"<pre>a\n  b</pre>", "a b"},
        {"<head><title>T</title><style>p{}</style></head>x", "x"},
        {"<script>document.write('no')</script>x<noscript>y</noscript>", "xy"},
        {"a<!-- no -->b<iframe>no</iframe><xmp><b></xmp>", "ab\n<b>"},
        {std::string_view{"v\0i", 3}, "vi"},
        {"<textarea>&lt;a>\n</textarea>", "<a>"},
        {"a < b", "a < b"},
    }));
    CHECK(read(html).visible == text);
}

TEST_CASE("text that nobody sees is hidden text, whatever hides it")
{
    const auto* html
        = GENERATE("<div style=display:none>h</div>v", "<div style='visibility:hidden'>h</div>v",
                   "<div style='opacity:0'>h</div>v", "<span style='font-size:0'>h</span>v",
                   "<span style='font-size:1px'>h</span>v", "<font color=white>h</font>v",
                   "<body bgcolor=#000000><font color=#010101>h</font><font color=white>v</font>",
                   "<table bgcolor=red><tr><td style='color:#f00'>h</table>v",
                   "<div style='position:absolute;top:-9999px'>h</div>v",
                   "<div style='max-height:0;overflow:hidden'>h</div>v", "<p hidden>h</p>v",
                   "<style>.x{display:none}</style><p class='a x'>h</p>v",
                   "<style>#x{font-size:0}</style><p id=x>h</p>v",
                   "<style>span{color:#fff}</style><span>h</span>v", "<dialog>h</dialog>v",
                   "<div style='display:none'><p>h</div>v", "<p style=display:none>h<p>v",
                   "<p style=display:none><b>h<div>v", "<span style=color:transparent>h</span>v",
                   "<font color=white><p>h</font>v", "<div style='font-size:0'><i>h</i></div>v",
                   "<table><tr><td style=display:none>h<td>v</table>");
    INFO(html);
    const auto found = read(html);
    CHECK(found.visible == "v");
    CHECK(found.hidden == "h");
}

TEST_CASE("text that is seen is not taken for hidden")
{
    const auto* html = GENERATE(
        "<td style='background:#00f;color:#fff'>v</td>", "<div style='display:block'>v</div>",
        "<div style='height:0'>v</div>", "<div style='top:-9999px'>v</div>",
        "<span style='height:0;overflow:hidden'>v</span>",
        "<table><tr><td style='height:0;overflow:hidden'>v</table>",
        "<style>.a{display:block!important}</style><div class=a style='display:none'>v</div>",
        "<style>.a{display:none} body .a{display:block}</style><div class=a>v</div>",
        "<table background=x.png><tr><td><font color=white>v</font></table>",
        "<div style='visibility:hidden'><p style='visibility:visible'>v</p></div>",
        "<div style='font-size:0'><p style='font-size:12px'>v</p></div>",
        "<style>@media (max-width:400px){p{display:none}}</style><p>v</p>",
        "<font color=white><a href=x>v</a></font>", "<p><font color=white></p></font><p>v",
        "<div style='background:#333'><div style='background:white;color:#333'>v</div></div>");
    INFO(html);
    const auto found = read(html);
    CHECK(found.visible == "v");
    CHECK(found.hidden.empty());
}

TEST_CASE("formatting goes on behind the end of a block")
{
    const auto found = read("<p><font color=white>a<p>b</font>c");
    CHECK(found.visible == "c");
    CHECK(found.hidden == "a b");
}

TEST_CASE("links come with their texts, as written")
{
    const auto found = read("<a href='http://a.example/?x=1&amp;y=2'> <b>www.bank</b>.example <img "
                            "src=http://i.example/p.png alt=logo></a><a name=x>no</a>"
                            "<div style=display:none><a href=h>hidden</a></div>"
                            "<area href=m><a href=1>one<a href=2>two</a>");
    REQUIRE(found.links.size() == 6);
    CHECK(found.links[0].target == "http://a.example/?x=1&y=2");
    CHECK(found.links[0].text == "www.bank.example logo");
    CHECK_FALSE(found.links[0].is_hidden);
    CHECK(found.links[1].kind == HtmlLink::Kind::picture);
    CHECK(found.links[1].text == "logo");
    CHECK(found.links[2].target == "h");
    CHECK(found.links[2].is_hidden);
    CHECK(found.links[2].text.empty());
    CHECK(found.links[3].target == "m");
    CHECK(found.links[4].text == "one");
    CHECK(found.links[5].text == "two");
    CHECK(found.counts.remote_pictures == 1);
}

TEST_CASE("all else that leads away is a link of its kind")
{
    using Kind = HtmlLink::Kind;
    const auto found = read(
        "<base href=http://b.example/><meta http-equiv=Refresh content=\"0; URL='r'\">"
        "<link rel=stylesheet href=s><form action=f><input type=PASSWORD><button formaction=g>"
        "</form><iframe src=i></iframe><script src=j></script><td background=//k>"
        "<object data=o></object><svg><a xlink:href=x>s</a></svg>");
    CHECK(found.base == "http://b.example/");
    std::string kinds;
    for (const auto& link : found.links)
        kinds += link.target + std::to_string(static_cast<int>(link.kind)) + " ";
    const auto is = [](Kind kind) { return std::to_string(static_cast<int>(kind)) + " "; };
    CHECK(kinds
          == "r" + is(Kind::refresh) + "s" + is(Kind::style) + "f" + is(Kind::form) + "g"
              + is(Kind::form) + "i" + is(Kind::frame) + "j" + is(Kind::script) + "//k"
              + is(Kind::picture) + "o" + is(Kind::other) + "x" + is(Kind::anchor));
    CHECK(found.counts.forms == 1);
    CHECK(found.counts.inputs == 1);
    CHECK(found.counts.passwords == 1);
    CHECK(found.counts.frames == 1);
    CHECK(found.counts.scripts == 1);
    CHECK(found.counts.remote_pictures == 1);
}

TEST_CASE("what only some programs show stands apart")
{
    const auto outlook = read("a<!--[if mso]><v:rect href='http://o.example/'>b</v:rect>"
                              "<![endif]--><!--[if !mso]><!-->c<!--<![endif]-->");
    CHECK(outlook.visible == "ac");
    CHECK(outlook.elsewhere == "b");
    REQUIRE(outlook.links.size() == 1);
    CHECK(outlook.links[0].target == "http://o.example/");
    CHECK(outlook.links[0].text == "b");
    const auto unclosed = read("a<!-- b <a href=x>c</a>");
    CHECK(unclosed.visible == "a");
    CHECK(unclosed.elsewhere == "b c");
    REQUIRE(unclosed.oddities.size() == 1);
    CHECK(unclosed.oddities[0].name == "malformed");
}

TEST_CASE("structure and counts are for learners")
{
    const auto found = read("<html><body><table><tr><td><p>x<p>y<p>z<a href=u onclick=v>");
    CHECK(found.tags == "html body table tr td p a");
    CHECK(found.counts.elements == 9);
    CHECK(found.counts.tables == 1);
    CHECK(found.counts.event_handlers == 1);
}

TEST_CASE("a style in SVG is no style sheet, and HTML tags end SVG")
{
    CHECK(read("<svg><style><a href=x>v</a></style></svg>").links.size() == 1);
    CHECK(read("<svg><p><style><a href=x></a></style>").links.empty());
    CHECK(read("<svg><title><style><a href=x></a></style></title></svg>").links.empty());
}

TEST_CASE("limits are kept and said")
{
    Limits limits;
    limits.text_bytes = 4;
    const auto cut = read_html("ab\u3042\u3042", limits);
    CHECK(cut.is_cut);
    CHECK(cut.visible == "ab");
    CHECK(cut.oddities == Oddities{{"over_limit", "HTML is read in part only"}});
    limits = {};
    limits.links = 1;
    CHECK(read_html("<a href=x>a</a><a href=y>b</a>", limits).links.size() == 1);
    CHECK(read_html("<a href=x>a</a><a href=y>b</a>", limits).oddities.size() == 1);
    limits.open_elements = 4;
    const auto deep = read_html("<i><i><i><i><i style=display:none>x</i></i></i></i></i>y", limits);
    CHECK(deep.visible == "xy");
    CHECK(deep.oddities.size() == 1);
    limits.attributes = 1;
    CHECK(read_html("<p a b>x", limits).oddities.size() == 1);
}
