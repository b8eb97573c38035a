// SPDX-License-Identifier: Apache-2.0
#include "filters/content/css.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

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
    CHECK(parse_declarations("display:none").is_displayed == false);
    CHECK(parse_declarations(" DISPLAY : NONE !important ").is_displayed == false);
    CHECK(parse_declarations("d\\69splay:no/**/ne").is_displayed == false);
    CHECK(parse_declarations("d\\000069 splay:none").is_displayed == false);
    CHECK(parse_declarations("display:none;display:block").is_displayed == true);
    CHECK(parse_declarations("visibility:hidden").is_visible == false);
    CHECK(parse_declarations("opacity:0.0").is_see_through == true);
    CHECK(parse_declarations("opacity:1").is_see_through == false);
    CHECK(parse_declarations("position:absolute;left:-9999px").is_away == true);
    CHECK(parse_declarations("text-indent:-99em").is_away == true);
    CHECK_FALSE(parse_declarations("margin-left:-10px").is_away);
    const auto box = parse_declarations("max-height:0;overflow:hidden;width:10px");
    CHECK(box.has_zero_size == true);
    CHECK(box.cuts_overflow == true);
    CHECK(parse_declarations("font-size:1px").font_pixels == 1);
    CHECK(parse_declarations("font-size:0").font_pixels == 0);
    CHECK(parse_declarations("font:bold 0/0 a").font_pixels == 0);
    CHECK(parse_declarations("font:300 12pt x").font_pixels == 16);
    CHECK(parse_declarations("font-size:50%").font_factor == 0.5F);
    CHECK(parse_declarations("background:url(a;b) white").background == Colour{255, 255, 255});
    CHECK(parse_declarations("background:url(a;b) white").has_background_picture == true);
    CHECK(parse_declarations("color:#eee;").colour == Colour{0xee, 0xee, 0xee});
    CHECK(parse_declarations("x;:;;y:").is_empty());
}

TEST_CASE("style sheets give rules by tag, class and id, for screens only")
{
    StyleSheet sheet;
    sheet.add("<!-- /* .no{display:none} */ .a, P.b , #c{display:none} h1{color:#fff}\n"
              "@media print{.d{display:none}} @media screen{.e{display:none}}"
              "@import 'x'; .f .g{display:none} .h{} -->");
    const auto is_hidden
        = [&](std::string_view tag, std::string_view classes, std::string_view id = "") {
              return sheet.find(tag, classes, id).is_displayed == false;
          };
    CHECK(is_hidden("div", "x a"));
    CHECK(is_hidden("div", "A"));
    CHECK(is_hidden("p", "b"));
    CHECK_FALSE(is_hidden("div", "b"));
    CHECK(is_hidden("div", "", "c"));
    CHECK_FALSE(is_hidden("div", "d"));
    CHECK(is_hidden("div", "e"));
    CHECK_FALSE(is_hidden("div", "g"));
    CHECK_FALSE(is_hidden("div", "no"));
    CHECK(sheet.find("h1", "", "").colour == Colour{255, 255, 255});
}

TEST_CASE("a style sheet keeps no more rules than its limit")
{
    std::string css;
    for (std::size_t i = 0; i <= StyleSheet::rule_limit; ++i)
        css += ".c" + std::to_string(i) + "{display:none}";
    StyleSheet sheet;
    sheet.add(css);
    CHECK(sheet.find("p", "c1", "").is_displayed == false);
    CHECK(sheet.find("p", "c" + std::to_string(StyleSheet::rule_limit), "").is_empty());
}
