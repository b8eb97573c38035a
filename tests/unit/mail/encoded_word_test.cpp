// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/header.hpp"
#include "gateway/mail/utf8.hpp"

#include <catch2/catch.hpp>
#include <chrono>

using namespace std::string_literals;

namespace mail {
TEST_CASE("encoded words are decoded to UTF-8")
{
    const auto [written, expected] = GENERATE_COPY(table<std::string, std::string>({
        {"plain text", "plain text"},
        {"", ""},
        {"=?utf-8?q?caf=C3=A9?=", "café"},
        {"=?UTF-8?Q?a_b=20c?=", "a b c"},
        {"=?us-ascii?q?=41?= b", "A b"},
        {"=?iso-8859-1?q?=E9=80?=", "é€"},
        {"=?iso-8859-15?q?=A4?=", "€"},
        {"=?utf-8*en?q?hi?=", "hi"},
        {"a =?utf-8?q?b?= c", "a b c"},
        {"(=?utf-8?q?b?=)", "(b)"},
        {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
        {"=?utf-8?q?a?=\t =?iso-8859-1?q?=E9?= x", "aé x"},
        {"=?utf-8?q?a?==?utf-8?q?b?=", "ab"},
        {"=?utf-8?q?\?=", ""},
        {"=?utf-8?q?Really?\?=", "Really?"},
        {"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
        {"=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"},
        {"=?Shift_JIS?B?k/qWew==?=", "日本"},
        {"=?shift_jis?Q?=87=40?=", "①"},
        {"=?EUC-JP?B?xvzL3A==?=", "日本"},
        {"=?gb18030?B?yNWxvg==?=", "日本"},
        {"=?GB2312?B?yNWxvg==?=", "日本"},
        {"=?big5?B?pOmlu6fI?=", "日本庇"},
        {"=?euc-kr?B?x9GxuQ==?=", "한국"},
        {"=?koi8-r?B?8NLJ18XU?=", "Привет"},
    }));
    CHECK(decode_words(written) == expected);
}

TEST_CASE("a character split between neighbouring words is put together")
{
    CHECK(decode_words("=?utf-8?B?5pel5g==?= =?UTF-8?B?nKw=?=") == "日本");
    CHECK(decode_words("=?iso-2022-jp?B?GyRCRg==?=\r\n =?ISO-2022-JP?B?fEtcGyhC?=") == "日本");
    CHECK(decode_words("=?ISO-2022-JP?B?GyRCRnwbKEI=?= =?ISO-2022-JP?B?GyRCS1wbKEI=?=") == "日本");
    CHECK(decode_words("=?utf-8?q?=E6=97=A5=E6?= =?utf-8?b?nKw=?=") == "日本");
    CHECK(decode_words("=?utf-8?q?=E6?= x =?utf-8?q?=97=A5?=") == "\uFFFD x \uFFFD\uFFFD");
}

TEST_CASE("broken words give what can be read of them and otherwise stay as written")
{
    const auto [written, expected] = GENERATE(table<const char*, const char*>({
        {"=?utf-8?B?5pel5pys", "=?utf-8?B?5pel5pys"},
        {"=?utf-8?B?5pel5pys?", "=?utf-8?B?5pel5pys?"},
        {"=?utf-8?B?5pel 5pys?=", "日本"},
        {"=?utf-8?B?5p!el#5pys=?=", "日本"},
        {"=?utf-8?B?5pel5pysQ?=", "日本"},
        {"=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="},
        {"=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
        {"=??q?abc?=", "=??q?abc?="},
        {"=?*en?q?abc?=", "=?*en?q?abc?="},
        {"=?no-such-set?q?a=E9?=", "=?no-such-set?q?a=E9?="},
        {"=?no-such-set?q?a?= =?no-such-set?q?b?=", "=?no-such-set?q?a?= =?no-such-set?q?b?="},
        {"=?utf-8?q?=G1=?=", "=G1="},
        {"=?utf-8?q?=FF?=", "\uFFFD"},
        {"=?utf-8?q?a =?utf-8?q?b?=", "=?utf-8?q?a b"},
        {"=?=?=?utf-8?q?b?=", "=?=?b"},
        {"=?", "=?"},
        {"=?utf-8?q", "=?utf-8?q"},
        {"raw \xE9 and \xC3\xA9", "raw \uFFFD and é"},
    }));
    CHECK(decode_words(written) == expected);
}

TEST_CASE("control characters and NUL stay the truth")
{
    CHECK(decode_words("=?utf-8?q?a=00=0D=0Ab?=") == "a\0\r\nb"s);
}

TEST_CASE("a thousand words are decoded and not one more")
{
    std::string written;
    for (std::size_t i = 0; i < HeaderLimits::encoded_words + 1; ++i)
        written += "=?utf-8?q?x?= ";
    CHECK(decode_words(written)
          == std::string(HeaderLimits::encoded_words, 'x') + " =?utf-8?q?x?= ");
}

TEST_CASE("no text makes decoding slow")
{
    const auto unit
        = GENERATE(as<std::string>{}, "=?", "=?a?q?", "=?utf-8?b?", "=?utf-8?q?x?= ", "?",
                   "=?iso-2022-jp?b?GyRC?= ", "=?a?q?b?=", "=?utf-8?q?x?= =?koi8-r?q?x?= ");
    std::string text;
    while (text.size() < HeaderLimits::bytes)
        text += unit;
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(decode_words(text).empty());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{2});
}

TEST_CASE("text is encoded into words that fit, split between characters, and comes back")
{
    const auto text = GENERATE(
        as<std::string>{},
        "日本語の件名です。とても長い件名なので、幾つもの語に分けられます。本当に長い。", "é",
        "a\r\nBcc: x@y", "=?utf-8?q?fake?=", "tab\there", "😀😀😀😀😀😀😀😀😀😀😀😀");
    const auto column = GENERATE(as<std::size_t>{}, 0, 9, 40, 74, 500);
    const std::string words = encode_words(text, column);
    CHECK(decode_words(unfold(words)) == text);
    for (std::size_t at = 0; at < words.size();) {
        const auto end = std::min(words.find("\r\n ", at), words.size());
        const std::string word = words.substr(at, end - at);
        CHECK(word.size() <= 75);
        CHECK((at > 0 || column > 50 || column + word.size() <= 76));
        CHECK(is_utf8(decode_words(word)));
        CHECK_FALSE(decode_words(word).contains("\uFFFD"));
        at = end == words.size() ? end : end + 3;
    }
}

TEST_CASE("printable ASCII stays as it is, and broken UTF-8 is mended")
{
    CHECK(encode_words("Just [text] (here)?") == "Just [text] (here)?");
    CHECK(encode_words("").empty());
    CHECK(decode_words(encode_words("a\xE9")) == "a\uFFFD");
}

TEST_CASE("UTF-8 is read strictly")
{
    const auto [bytes, expected] = GENERATE(table<const char*, const char*>({
        {"\xC0\xAF", "\uFFFD\uFFFD"},
        {"\xE0\x80\x80", "\uFFFD\uFFFD\uFFFD"},
        {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"\xF0\x9F\x98", "\uFFFD"},
        {"\xF0\x9F\x98x", "\uFFFDx"},
        {"\xE6\x97\xA5\xFF", "日\uFFFD"},
        {"\xF0\x9F\x98\x80", "😀"},
    }));
    std::string out;
    append_utf8(out, bytes);
    CHECK(out == expected);
    CHECK(is_utf8(bytes) == (std::string{bytes} == expected));
}
}
