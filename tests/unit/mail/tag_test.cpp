// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/tag.hpp"

#include "gateway/mail/header.hpp"

#include <catch2/catch.hpp>

namespace mail {
namespace {
std::string seen(const std::string& field)
{
    const Header header = Header::parse(field);
    REQUIRE(header.fields().size() == 1);
    REQUIRE(header.malformed_lines() == 0);
    REQUIRE(header.fields()[0].length == field.size());
    return header.decoded("Subject");
}
}

TEST_CASE("the tag stands before the subject and the subject stays as it was")
{
    const std::string tag = "[S_P_A_M] ";
    const auto [raw, expected] = GENERATE(table<std::string, std::string>({
        {" Hello", "Subject: [S_P_A_M] Hello\r\n"},
        {"Hello", "Subject: [S_P_A_M] Hello\r\n"},
        {"", "Subject: [S_P_A_M]\r\n"},
        {" \r\n ", "Subject: [S_P_A_M]\r\n"},
        {" a\r\n b", "Subject: [S_P_A_M] a\r\n b\r\n"},
        {" =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=",
         "Subject: [S_P_A_M] =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=\r\n"},
        {" raw \x93\xFA\x96\x7B", "Subject: [S_P_A_M] raw \x93\xFA\x96\x7B\r\n"},
        {" " + std::string(70, 'x'), "Subject: [S_P_A_M]\r\n " + std::string(70, 'x') + "\r\n"},
        {" Re: [S_P_A_M] x", "Subject: [S_P_A_M] Re: [S_P_A_M] x\r\n"},
    }));
    CHECK(tagged_subject(raw, tag) == expected);
}

TEST_CASE("a tag beyond ASCII becomes an encoded word that joins its neighbour right")
{
    const std::string tag = "【迷惑メール】 ";
    CHECK(seen(tagged_subject(" Hello", tag)) == "【迷惑メール】 Hello");
    CHECK(seen(tagged_subject(" =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", tag))
          == "【迷惑メール】 日本");
    CHECK(seen(tagged_subject("", tag)) == "【迷惑メール】");
    CHECK(seen(tagged_subject(" =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "迷惑")) == "迷惑日本");
    CHECK(seen(tagged_subject(" =?utf-8?q?a?=", "SPAM:")) == "SPAM: a");
    CHECK(seen(tagged_subject(" Hello", "SPAM:")) == "SPAM:Hello");
    const std::string long_tag = "とても長い印なので一つの語には入りません、しかし印は印です: ";
    const std::string field = tagged_subject(" =?utf-8?b?5pel5pys?=", long_tag);
    CHECK(seen(field) == long_tag + "日本");
    for (std::size_t at = 0; at < field.size(); at = field.find('\n', at) + 1)
        CHECK(field.find("\r\n", at) - at <= 76);
}

TEST_CASE("a subject is not tagged twice, in plain or inside encoded words")
{
    const auto tag = GENERATE(as<std::string>{}, "[S_P_A_M] ", "【迷惑】 ", "SPAM:", "=?x?= ");
    const auto raw
        = GENERATE(as<std::string>{}, " Hello", " =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "",
                   " raw \xE6\x97\xA5", " folded\r\n subject");
    const std::string once = tagged_subject(raw, tag);
    const std::string value = once.substr(8, once.size() - 10);
    CHECK(tagged_subject(value, tag) == once);
}

TEST_CASE("a tag inside an encoded word counts")
{
    const std::string raw = "=?utf-8?q?=5BS=5FP=5FA=5FM=5D_Hello?=";
    CHECK(tagged_subject(" " + raw, "[S_P_A_M] ") == "Subject: " + raw + "\r\n");
}

TEST_CASE("a tag cannot bring a field of its own")
{
    CHECK(tagged_subject(" x", "[A]\r\nBcc: y ") == "Subject: [A]Bcc: y x\r\n");
    CHECK(tagged_subject(" x", "") == "Subject: x\r\n");
    CHECK(tagged_subject(" x", " \r\n") == "Subject: x\r\n");
}
}
