// SPDX-License-Identifier: Apache-2.0
#include "filters/content/character_reference.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
std::string decoded(std::string_view html, ReferencePlace place = ReferencePlace::text)
{
    std::string out;
    append_decoded(out, html, place);
    return out;
}
}

TEST_CASE("character references are decoded as browsers do")
{
    const auto [html, text] = GENERATE(table<std::string_view, std::string_view>({
        {"a &amp; b &lt;c&gt;", "a & b <c>"},
        {"&AMP;&AMP&amp", "&&&"},
        {"&notit; &notin; &not", "\u00ACit; \u2209 \u00AC"},
        {"&CounterClockwiseContourIntegral;", "\u2233"},
        {"&CounterClockwiseContourIntegralX;", "&CounterClockwiseContourIntegralX;"},
        {"&NotEqualTilde;", "\u2242\u0338"},
        {"&zwnj;&zwj;&nbsp;&Tab;&NewLine;", "\u200C\u200D\u00A0\t\n"},
        {"&equals;&excl;", "=!"},
        {"&Aacute;&zeta;&zscr;", "\u00C1\u03B6\U0001D4CF"},
        {"&#104;&#x74;&#X74;p", "http"},
        {"&#104&#116 &#x3a/", "ht :/"},
        {"&#0;&#x110000;&#xD800;&#99999999999;", "\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"&#128;&#x9f;", "\u20AC\u0178"},
        {"&#;&#x;&;&", "&#;&#x;&;&"},
        {"&unknown;&hellip", "&unknown;&hellip"},
        {"", ""},
    }));
    CHECK(decoded(html) == text);
}

TEST_CASE("in attributes a name without semicolon must end before letters and equal signs")
{
    CHECK(decoded("?a=1&copy=2&lt3&amp;b&lt", ReferencePlace::attribute) == "?a=1&copy=2&lt3&b<");
    CHECK(decoded("?a=1&copy=2&lt3") == "?a=1\u00A9=2<3");
}
