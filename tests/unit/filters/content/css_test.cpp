// SPDX-License-Identifier: Apache-2.0
#include "filters/content/css.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
/// A style attribute on its own.
Style style_of(std::string_view css)
{
    const auto declared = parse_declarations(css);
    Style style = declared.normal;
    style.merge(declared.important);
    return style;
}
/// Of a block, and of a part of a line.
bool is_away(std::string_view css) { return style_of(css).is_away(true); }
bool is_away_in_line(std::string_view css) { return style_of(css).is_away(false); }
bool has_no_size(std::string_view css) { return style_of(css).has_no_size(true); }
}

TEST_CASE("colours are read in every way HTML and CSS write them")
{
    CHECK(parse_colour("#fff") == Colour{255, 255, 255});
    CHECK(parse_colour("#12AbEf") == Colour{0x12, 0xAB, 0xEF});
    CHECK(parse_colour("#1234") == Colour{0x11, 0x22, 0x33});
    CHECK(parse_colour("#12345600") == Colour{0x12, 0x34, 0x56, true});
    CHECK(parse_colour("rgb(1, 2,3)") == Colour{1, 2, 3});
    CHECK(parse_colour("RGBA(100% 0% 0% / 0)") == Colour{255, 0, 0, true});
    CHECK(parse_colour("White") == Colour{255, 255, 255});
    CHECK(parse_colour("yellowgreen") == Colour{0x9a, 0xcd, 0x32});
    CHECK(parse_colour("aliceblue") == Colour{0xf0, 0xf8, 0xff});
    CHECK(parse_colour("fefefe") == Colour{254, 254, 254});
    CHECK(parse_colour("transparent")->is_transparent);
    for (const auto* text : {"", "#12", "#ggg", "inherit", "var(--x)", "rgb(1,2)", "url(x)"})
        CHECK_FALSE(parse_colour(text));
    CHECK(Colour{255, 255, 255}.is_like({250, 250, 250}));
    CHECK_FALSE(Colour{255, 255, 255}.is_like({230, 230, 230}));
}

TEST_CASE("declarations that hide are understood")
{
    CHECK(style_of("display:none").is_displayed == false);
    CHECK(style_of(" DISPLAY : NONE !important ").is_displayed == false);
    CHECK(style_of("d\\69splay:no/**/ne").is_displayed == false);
    CHECK(style_of("d\\000069 splay:none").is_displayed == false);
    CHECK(style_of("display:none;display:block").is_displayed == true);
    CHECK(style_of("visibility:hidden").is_visible == false);
    CHECK(style_of("opacity:0.0").is_see_through == true);
    CHECK(style_of("opacity:1").is_see_through == false);
    CHECK(is_away("position:absolute;left:-9999px"));
    CHECK(is_away("text-indent:-99em"));
    CHECK_FALSE(is_away("margin-left:-10px"));
    CHECK(has_no_size("max-height:0;overflow:hidden;width:10px"));
    CHECK(style_of("font-size:1px").font_pixels == 1);
    CHECK(style_of("font-size:0").font_pixels == 0);
    CHECK(style_of("font:bold 0/0 a").font_pixels == 0);
    CHECK(style_of("font:300 12pt x").font_pixels == 16);
    CHECK(style_of("font-size:50%").font_factor == 0.5F);
    CHECK(style_of("background:url(a;b) white").background == Colour{255, 255, 255});
    CHECK(style_of("background:url(a;b) white").has_background_picture == true);
    CHECK(style_of("color:#eee;").colour == Colour{0xee, 0xee, 0xee});
    CHECK(style_of("x;:;;y:").is_empty());
}

TEST_CASE("what browsers do not understand hides nothing")
{
    CHECK(style_of("display:nonesuch").is_displayed == true);
    CHECK(style_of("visibility:hidden1").is_visible == true);
    CHECK(style_of("opacity:0px").is_see_through == false);
    for (const auto* css :
         {"font-size:0foo", "font-size:1", "font-size:-1px", "font:0", "font:0/0"})
        CHECK_FALSE(style_of(css).font_pixels);
    CHECK_FALSE(style_of("color:ffffff").colour);
    CHECK_FALSE(style_of("color:rgb(255,255,255)x").colour);
    CHECK(style_of("display:none !importan").is_empty());
    CHECK_FALSE(has_no_size("height:0foo;overflow:hidden"));
    CHECK_FALSE(has_no_size("height:0.5em;overflow:hidden"));
}

TEST_CASE("what hides in one place does nothing in another")
{
    CHECK_FALSE(is_away("left:-9999px"));
    CHECK_FALSE(is_away("position:static;left:-9999px"));
    CHECK(is_away("position:relative;top:-9999px"));
    CHECK_FALSE(is_away("position:absolute;left:-9999px;left:0"));
    CHECK(is_away("position:absolute;clip:rect(1px, 1px, 1px, 1px)"));
    CHECK_FALSE(is_away("clip:rect(0,0,0,0)"));
    CHECK_FALSE(is_away("position:absolute;clip:rect(0px,900px,900px,0px)"));
    CHECK_FALSE(is_away("position:absolute;clip:rect(0,auto,auto,0)"));
    CHECK(is_away("transform:scale(0)"));
    CHECK_FALSE(is_away_in_line("transform:scale(0)"));
    CHECK(is_away_in_line("display:block;transform:scale(0)"));
    CHECK_FALSE(is_away_in_line("text-indent:-9999px"));
    CHECK_FALSE(has_no_size("height:0;height:20px;overflow:hidden"));
    CHECK_FALSE(has_no_size("height:0;min-height:20px;overflow:hidden"));
    CHECK_FALSE(style_of("height:0;overflow:hidden").has_no_size(false));
}

TEST_CASE("what is important goes before the attribute")
{
    StyleSheet sheet;
    sheet.add(".a{display:block!important} .a{display:none} .b{display:none !IMPORTANT}");
    CHECK(sheet.find("p", "a", "").important.is_displayed == true);
    CHECK(sheet.find("p", "a", "").normal.is_displayed == false);
    CHECK(sheet.find("p", "b", "").important.is_displayed == false);
}

TEST_CASE("rules that may hold can show, but not hide")
{
    StyleSheet sheet;
    sheet.add(".a,.b,.c,.d,.e{display:none}"
              "@media screen and (min-width:1px){.a{display:block} .x{display:none}}"
              "body .b{display:block} p[class]{opacity:1} @supports (color:red){.c{color:#000}}"
              "@media print{.d{display:block}} div > :first-child{display:block}");
    const auto shows
        = [&](std::string_view name) { return sheet.showing("td", name, "").is_displayed == true; };
    CHECK(shows("a"));
    CHECK(shows("b"));
    CHECK(shows("e")); // for all that anybody can tell
    CHECK_FALSE(sheet.find("td", "x", "").normal.is_displayed);
    CHECK(sheet.showing("td", "c", "").has_background_picture == true);
    CHECK(sheet.showing("p", "", "").is_see_through == false);
    StyleSheet print;
    print.add(".d{display:none}@media print{.d{display:block}}");
    CHECK_FALSE(print.showing("td", "d", "").is_displayed);
}

TEST_CASE("style sheets give rules by tag, class and id, for screens only")
{
    StyleSheet sheet;
    sheet.add("<!-- /* .no{display:none} */ .a, P.b , #c{display:none} h1{color:#fff}\n"
              "@media print{.d{display:none}} @media screen{.e{display:none}}"
              "@import 'x'; .f .g{display:none} .h{} -->");
    const auto is_hidden
        = [&](std::string_view tag, std::string_view classes, std::string_view id = "") {
              return sheet.find(tag, classes, id).normal.is_displayed == false;
          };
    CHECK(is_hidden("div", "x a"));
    CHECK_FALSE(is_hidden("div", "A"));
    CHECK(is_hidden("p", "b"));
    CHECK_FALSE(is_hidden("div", "b"));
    CHECK(is_hidden("div", "", "c"));
    CHECK_FALSE(is_hidden("div", "d"));
    CHECK(is_hidden("div", "e"));
    CHECK_FALSE(is_hidden("div", "g"));
    CHECK_FALSE(is_hidden("div", "no"));
    CHECK(sheet.find("h1", "", "").normal.colour == Colour{255, 255, 255});
}

TEST_CASE("a style sheet keeps no more rules than its limit")
{
    std::string css;
    for (std::size_t i = 0; i <= StyleSheet::rule_limit; ++i)
        css += ".c" + std::to_string(i) + "{display:none}";
    StyleSheet sheet;
    sheet.add(css);
    CHECK(sheet.find("p", "c1", "").normal.is_displayed == false);
    CHECK(sheet.find("p", "c" + std::to_string(StyleSheet::rule_limit), "").normal.is_empty());
}
