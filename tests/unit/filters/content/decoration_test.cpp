// SPDX-License-Identifier: Apache-2.0
#include "filters/content/decoration.hpp"

#include <catch2/catch.hpp>

#include <string>

using filters::content::decoration_of;

TEST_CASE("decoration: letters, capitals, symbols and exclamation marks are counted")
{
    const auto found = decoration_of("BUY now! ★ ⇒ 🎁！ 特価");
    CHECK(found.letters == 8);
    CHECK(found.capitals == 3);
    CHECK(found.small == 3);
    CHECK(found.symbols == 3);
    CHECK(found.exclamations == 2);
}

TEST_CASE("decoration: runs of one symbol are ornaments, each once")
{
    CHECK(decoration_of("━━━━━━━━ ★★★★ ★★★").ornaments == 2);
    CHECK(decoration_of("---- ==== ....").ornaments == 0);
}

TEST_CASE("decoration: words with something invisible inside are broken, honest scripts are not")
{
    CHECK(decoration_of("Pay\u200BPal ac\u2060count").broken_words == 2);
    CHECK(decoration_of("P\u00ADa\u00ADypal").broken_words == 1);
    CHECK(decoration_of("Donau\u00ADdampf\u00ADschiff").broken_words == 0);
    CHECK(decoration_of("\u200B Hello\u200B \uFEFFworld").broken_words == 0);
    CHECK(decoration_of("👩\u200D💻 می\u200Cخواهم").broken_words == 0);
}

TEST_CASE("decoration: Latin words with Cyrillic or Greek letters are mixed, units are not")
{
    CHECK(decoration_of("Раypal and Аmаzоn").mixed_words == 2);
    CHECK(decoration_of("привет world, 10 kΩ, 5 μm").mixed_words == 0);
}

TEST_CASE("decoration: letters that are symbols are styled")
{
    CHECK(decoration_of("𝐏𝐚𝐲 Ⓟⓐⓨ pay").styled == 6);
}

TEST_CASE("decoration: what is no UTF-8 is read without harm")
{
    CHECK(decoration_of("\xFF\xFE\x80 ok").letters == 2);
    CHECK(decoration_of("").letters == 0);
}
