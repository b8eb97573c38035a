// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/tag_list.hpp"

#include <catch2/catch.hpp>

using namespace filters::auth;

TEST_CASE("a tag list gives values without the white space around them")
{
    const auto list = TagList::parse(" v=1; a = rsa-sha256 ;\r\n\tb=ab\r\n cd ; empty=;x_1=a=b ;");
    REQUIRE(list);
    CHECK(list->value("v") == "1");
    CHECK(list->value("a") == "rsa-sha256");
    CHECK(list->value("b") == "ab\r\n cd");
    CHECK(list->find("b")->whole == "ab\r\n cd ");
    CHECK(list->find("empty")->value.empty());
    CHECK(list->value("x_1") == "a=b");
    CHECK(list->find("A") == nullptr);
    CHECK(list->value("q", "dns/txt") == "dns/txt");
}

TEST_CASE("what is no tag list is refused")
{
    std::string many;
    for (std::size_t i = 0; i <= TagList::most_tags; ++i)
        many += "t" + std::to_string(i) + "=;";
    const auto text = GENERATE_COPY(
        values<std::string>({"", ";", "v", "v=1;;a=2", "v=1; ;a=2", "=1", "1v=1", "v w=1",
                             "v=1;v=1", "v=\x01", "v=\x7F", "v-1=2", many}));
    INFO(text);
    CHECK_FALSE(TagList::parse(text));
}

TEST_CASE("base64 goes both ways")
{
    for (const std::string_view text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"})
        CHECK(decode_base64(encode_base64(text)) == text);
    CHECK(encode_base64("fooba") == "Zm9vYmE=");
    CHECK(decode_base64(" Zm9v\r\n\tYmE =") == "fooba");
    const auto wrong = GENERATE(as<std::string>{}, "Z", "Zm9vYmE", "Zm9vYmE==", "Zm9v=mE=", "Zm9-",
                                "Zm9vYg=", "=", "Zm9v====");
    INFO(wrong);
    CHECK_FALSE(decode_base64(wrong));
}

TEST_CASE("numbers are decimal digits and nothing else")
{
    CHECK(parse_decimal("0") == 0U);
    CHECK(parse_decimal("999999999999999999") == 999'999'999'999'999'999U);
    for (const auto text : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "9999999999999999999"})
        CHECK_FALSE(parse_decimal(text));
}
