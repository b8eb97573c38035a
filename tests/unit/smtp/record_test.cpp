// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/record.hpp"

#include <catch2/catch.hpp>

TEST_CASE("hostile text cannot leave its log field, steer a terminal or turn the reading direction")
{
    struct Row {
        std::string_view text, escaped;
    };
    const auto row = GENERATE(values<Row>({
        {"plain text", "plain text"},
        {"来週の件", "来週の件"},
        {"a\"b\\c", "a\\\"b\\\\c"},
        {"line\r\nevent=message", "line\\u000d\\u000aevent=message"},
        {"\x1b[31m\x7f", "\\u001b[31m\\u007f"},
        {"\xc2\x9b", "\\u00c2\\u009b"},
        {"\u202eabc", "\\u00e2\\u0080\\u00aeabc"},
        {"\u200b\u2066\ufeff", "\\u00e2\\u0080\\u008b\\u00e2\\u0081\\u00a6\\u00ef\\u00bb\\u00bf"},
        {"\xff\xc0\xaf", "\\u00ff\\u00c0\\u00af"},
    }));
    CHECK(smtp::escaped(row.text) == row.escaped);
}

TEST_CASE("a log field ends near 512 octets")
{
    CHECK(smtp::escaped(std::string(100'000, 'x')).size() == 512);
    CHECK(smtp::escaped(std::string(100'000, '\x01')).size() < 520);
}
