// SPDX-License-Identifier: Apache-2.0
#include "filters/content/text.hpp"

#include "gateway/mail/utf8.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;
using std::string_view_literals::operator""sv;

namespace {
constexpr std::size_t enough = 100'000;
}

TEST_CASE("declared charsets are read")
{
    const struct {
        std::string_view charset, bytes, utf8;
    } cases[]{
        {"iso-2022-jp", "\x1B$B$3$s$K$A$O\x1B(B", "こんにちは"},
        {"ISO-2022-JP", "\x1B$B-!\x1B(B", "①"}, // NEC row 13
        {"shift_jis", "\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD", "こんにちは"},
        {"x-sjis", "\x87\x40", "①"},
        {"cp932", "\xB1\xB2\xB3", "ｱｲｳ"},
        {"euc-jp", "\xA4\xB3\xA4\xF3\xA4\xCB\xA4\xC1\xA4\xCF", "こんにちは"},
        {"gb2312", "\xC4\xE3\xBA\xC3", "你好"},
        {"gb18030", "\x81\x30\x81\x30", "\xC2\x80"},
        {"big5", "\xA7\x41\xA6\x6E", "你好"},
        {"koi8-r", "\xD0\xD2\xC9\xD7\xC5\xD4", "привет"},
        {"windows-1251", "\xEF\xF0\xE8\xE2\xE5\xF2", "привет"},
        {"windows-1252", "\x93hi\x94", "“hi”"},
        {"iso-8859-1", "\x93 caf\xE9", "“ café"},
        {"windows-1255", "\xF9\xEC\xE5\xED", "שלום"},
        {"windows-874", "\xCA\xC7\xD1\xCA", "สวัส"},
        {"ks_c_5601-1987", "\xBE\xC8\xB3\xE7", "안녕"},
        {"utf-7", "+MEIwRA-", "あい"},
        {"utf-16", "\xFF\xFEh\0i\0"sv, "hi"},
        {"utf-16le", "h\0i\0"sv, "hi"},
        {"utf-16be", "\0h\0i"sv, "hi"},
        {" \"UTF-8\" ", "caf\xC3\xA9", "café"},
        {"us-ascii", "plain", "plain"},
    };
    for (const auto& [charset, bytes, utf8] : cases) {
        const auto text = to_utf8(bytes, charset, enough);
        INFO(charset << " read as " << text.charset);
        CHECK(text.utf8 == utf8);
        CHECK_FALSE(text.is_guessed);
        CHECK_FALSE(text.is_cut);
    }
}

TEST_CASE("what nobody declared is guessed")
{
    const struct {
        std::string_view bytes, charset, utf8;
    } cases[]{
        {"\xE3\x81\x93\xE3\x82\x93", "utf-8", "こん"},
        {"\x1B$B$3$s$K$A$O\x1B(B", "iso-2022-jp", "こんにちは"},
        {"h\0e\0l\0l\0o\0\r\0\n\0"sv, "utf-16le", "hello\r\n"},
        {"\0h\0e\0l\0l\0o"sv, "utf-16be", "hello"},
        {"\xFF\xFEh\0i\0"sv, "utf-16le", "hi"},
        {"\xEF\xBB\xBFhi", "utf-8", "hi"},
        {"plain", "us-ascii", "plain"},
        {"", "us-ascii", ""},
    };
    for (const auto* declared : {"", "us-ascii", "unknown-8bit"})
        for (const auto& [bytes, charset, utf8] : cases) {
            const auto text = to_utf8(bytes, declared, enough);
            CHECK(text.charset == charset);
            CHECK(text.utf8 == utf8);
        }
    const std::string_view japanese
        = "\x82\xA8\x90\xA2\x98\x62\x82\xC9\x82\xC8\x82\xC1\x82\xC4\x82\xA8\x82\xE8\x82\xDC\x82\xB7"
          "\x81\x42\x8E\x9F\x82\xCC\x89\xEF\x8B\x63\x82\xCD\x97\x88\x8F\x54\x82\xC5\x82\xB7\x81"
          "\x42";
    CHECK(to_utf8(japanese, "", enough).utf8 == "お世話になっております。次の会議は来週です。");
    CHECK(to_utf8(japanese, "no-such-charset", enough).is_guessed);
    CHECK(to_utf8(japanese, "no-such-charset", enough).charset == "shift_jis");
    const std::string_view russian
        = "\xC4\xCF\xC2\xD2\xD9\xCA \xC4\xC5\xCE\xD8, \xCB\xC1\xCB \xD7\xC1\xDB\xC9 "
          "\xC4\xC5\xCC\xC1? \xD0\xC9\xDB\xC9\xD4\xC5 \xCE\xC1\xCD";
    CHECK(to_utf8(russian, "", enough).charset == "koi8-r");
}

TEST_CASE("a declaration that cannot be is not believed")
{
    CHECK(to_utf8("caf\xC3\xA9", "iso-8859-1", enough).utf8 == "café");
    CHECK(to_utf8("caf\xC3\xA9", "iso-8859-1", enough).is_guessed);
    CHECK(to_utf8("caf\xE9 cr\xE8me", "utf-8", enough).utf8 == "café crème");
    CHECK(to_utf8("\x1B$B$3$s\x1B(B", "windows-1252", enough).utf8 == "こん");
    CHECK(to_utf8("plain text", "utf-16", enough).utf8 == "plain text");
    CHECK(to_utf8(std::string(100, 'x') + "\xE3\x81\x82" + std::string(100, 'x'), "utf-8", enough)
              .charset
          == "utf-8");
    // One broken character in a long text is a broken character.
    std::string good;
    for (int i = 0; i < 50; ++i)
        good += "\xE3\x81\x82";
    CHECK_FALSE(to_utf8(good + "\xE3", "utf-8", enough).is_guessed);
    CHECK(to_utf8(good + "\xE3", "utf-8", enough).utf8 == good + "\xEF\xBF\xBD");
}

TEST_CASE("text ends at the limit, between characters")
{
    std::string long_text;
    for (int i = 0; i < 1000; ++i)
        long_text += "\xE3\x81\x82";
    for (const std::size_t limit : {0U, 1U, 2U, 3U, 100U, 101U, 102U}) {
        const auto text = to_utf8(long_text, "utf-8", limit);
        CHECK(text.utf8.size() == limit / 3 * 3);
        CHECK(text.is_cut);
        CHECK(mail::is_utf8(text.utf8));
    }
    CHECK_FALSE(to_utf8(long_text, "utf-8", 3000).is_cut);
    CHECK(to_utf8(std::string(5000, 'a'), "utf-16", 100).is_cut);
    CHECK(to_utf8(std::string(5000, 'a'), "us-ascii", 100).utf8.size() == 100);
}

TEST_CASE("text as eyes see it has one form for what looks alike")
{
    const struct {
        std::string_view written, seen;
    } cases[]{
        {"Hello  World", "hello world"},
        {"Ｖｉａｇｒａ", "viagra"},
        {"V\u200Bi\u00ADa\u2060gra\uFEFF", "viagra"},
        {"\u202Eabc\u2066d", "abcd"},
        {"ｱｲｳ", "アイウ"},
        {"ﬁne ①", "fine 1"},
        {"STRASSE straße", "strasse strasse"},
        {"tab\tand \t blank\n", "tab and blank\n"},
        {"\xE2\x80", "\xE2\x80"},
        {"", ""},
    };
    for (const auto& [written, seen] : cases)
        CHECK(as_seen(written) == seen);
    CHECK(as_seen("ｶﾞ 日本語") == "ガ 日本語");
    CHECK(as_seen("ＨELLO  there", Letters::as_written) == "HELLO there");
    CHECK(as_seen("HELLO  there", Letters::as_written) == "HELLO there");
}
