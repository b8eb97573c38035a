// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/header.hpp"

#include <catch2/catch.hpp>

namespace mail {
TEST_CASE("fields are found whatever their case, with their place in the block")
{
    const std::string block = "Received: a\r\n\tb\r\n c\r\nSUBJECT : x: y\r\nTo:\r\nsubject:z\r\n";
    const Header header = Header::parse(block);
    REQUIRE(header.fields().size() == 4);
    CHECK(header.malformed_lines() == 0);
    CHECK_FALSE(header.is_truncated());
    CHECK(header.fields()[0].value == " a\r\n\tb\r\n c");
    CHECK(header.fields()[1].name == "SUBJECT");
    CHECK(header.fields()[1].value == " x: y");
    CHECK(header.fields()[2].value.empty());
    CHECK(header.count("Subject") == 2);
    CHECK(header.find("subject") == &header.fields()[1]);
    CHECK(header.find("cc") == nullptr);
    std::string again;
    for (const auto& field : header.fields()) {
        CHECK(field.offset == again.size());
        again += block.substr(field.offset, field.length);
    }
    CHECK(again == block);
}

TEST_CASE("lines that are no field are counted with their folds and nothing is lost behind them")
{
    const auto [block, malformed, fields] = GENERATE(table<std::string, std::size_t, std::size_t>({
        {"From someone Mon Jan 1\r\nA: b\r\n", 1, 1},
        {"garbage\r\n folded\r\nA: b\r\n", 2, 1},
        {" leading blank\r\nA: b\r\n", 1, 1},
        {": no name\r\nA: b\r\n", 1, 1},
        {"a b: c\r\nA: b\r\n", 1, 1},
        {"n\xC3\xA4me: c\r\nA: b\r\n", 1, 1},
        {"A: b\r\n\r\nBody: x\r\n", 0, 1},
        {"A: b", 0, 1},
        {"A: b\n c\nB: d\n", 0, 2},
        {"A: b\r\n \r\nB: c\r\n", 0, 2},
        {"", 0, 0},
        {"\r\n", 0, 0},
    }));
    const Header header = Header::parse(block);
    CHECK(header.malformed_lines() == malformed);
    CHECK(header.fields().size() == fields);
}

TEST_CASE("a stuffed field name loses the dot that is not its own")
{
    const std::string block = "..Odd: x\r\nA: b\r\n";
    CHECK(Header::parse(block, Dots::stuffed).fields()[0].name == ".Odd");
    CHECK(Header::parse(block, Dots::stuffed).fields()[0].offset == 0);
    CHECK(Header::parse(block).fields()[0].name == "..Odd");
}

TEST_CASE("what lies beyond the limits is not read, and the header says so")
{
    std::string many;
    for (std::size_t i = 0; i < HeaderLimits::fields; ++i)
        many += "A: b\r\n";
    CHECK_FALSE(Header::parse(many).is_truncated());
    many += "A: b\r\n";
    CHECK(Header::parse(many).is_truncated());
    CHECK(Header::parse(many).fields().size() == HeaderLimits::fields);
    const std::string huge = "A: " + std::string(HeaderLimits::bytes, 'x') + "\r\nB: c\r\n";
    CHECK(Header::parse(huge).is_truncated());
    CHECK(Header::parse(huge).find("B") == nullptr);
}

TEST_CASE("unfolding removes line ends before blanks and keeps the blanks")
{
    const auto [raw, expected] = GENERATE(table<const char*, const char*>({
        {" a\r\n b", "a b"},
        {"\r\n a\r\n\tb \r\n ", "a\tb"},
        {"a\n  b", "a  b"},
        {"plain", "plain"},
        {"", ""},
        {" \r\n\t", ""},
    }));
    CHECK(unfold(raw) == expected);
}

TEST_CASE("a field is decoded from folds and encoded words to UTF-8")
{
    const Header header
        = Header::parse("Subject: =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=\r\n =?utf-8?q?_x?= y\r\n");
    CHECK(header.decoded("subject") == "日本 x y");
    CHECK(header.decoded("from").empty());
}
}
