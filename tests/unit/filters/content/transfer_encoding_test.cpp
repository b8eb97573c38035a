// SPDX-License-Identifier: Apache-2.0
#include "filters/content/transfer_encoding.hpp"

#include "filters/content/uuencode.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
constexpr std::size_t enough = 1000;
std::string base64(std::string_view text) { return decode(text, Encoding::base64, enough).bytes; }
std::string quoted(std::string_view text)
{
    return decode(text, Encoding::quoted_printable, enough).bytes;
}
std::vector<std::string> others(std::string_view text, Encoding encoding = Encoding::base64)
{
    return decode(text, encoding, enough).others;
}
using Texts = std::vector<std::string>;
}

TEST_CASE("an encoding is known by its name, whatever stands around it")
{
    CHECK(parse_encoding("base64") == Encoding::base64);
    CHECK(parse_encoding(" BASE64\r\n") == Encoding::base64);
    CHECK(parse_encoding("(a (b) comment) Quoted-Printable (c)") == Encoding::quoted_printable);
    CHECK(parse_encoding("\"base64\"") == Encoding::base64);
    CHECK(parse_encoding("base64; x=y") == Encoding::base64);
    CHECK(parse_encoding("x-uuencode") == Encoding::uuencode);
    CHECK(parse_encoding("X-UUE") == Encoding::uuencode);
    for (const auto* name : {"", " ", "7bit", "8BIT", "binary", "(only a comment)"})
        CHECK(parse_encoding(name) == Encoding::none);
    for (const auto* name : {"base65", "base 64", "rot13", "(open"})
        CHECK(parse_encoding(name) == (name[0] == '(' ? Encoding::none : Encoding::unknown));
    CHECK(to_string(Encoding::quoted_printable) == "quoted-printable");
}

TEST_CASE("base64 of every length is decoded, across line ends, with and without padding")
{
    CHECK(base64("") == "");
    CHECK(base64("Zg==") == "f");
    CHECK(base64("Zm8=") == "fo");
    CHECK(base64("Zm9v") == "foo");
    CHECK(base64("Zm9vYg==") == "foob");
    CHECK(base64("Zm9vYmE") == "fooba");
    CHECK(base64("Zm9v\r\nYmFy\r\n") == "foobar");
    CHECK(base64("Z\r\nm9\nvY m\tFy") == "foobar");
    CHECK(base64("AP+/") == std::string("\0\xFF\xBF", 3));
    CHECK(base64("Z") == "");
    CHECK(others("Zm9v\r\nYg==\r\n") == Texts{});
    CHECK(others("Zm9vYmE\r\n") == Texts{});
}

TEST_CASE("where decoders of base64 differ, every reading is given")
{
    // Padding in the middle: go on, stop, or pass over it.
    auto decoded = decode("Zm8=Zm9v", Encoding::base64, enough);
    CHECK(decoded.bytes == "fofoo");
    CHECK(decoded.others == Texts{"fo", std::string("fo\x19\x9B\xDB", 5)});
    // What a list puts below is no base64.
    decoded = decode("Zm8=\r\n-- \r\nlist-info", Encoding::base64, enough);
    CHECK(decoded.bytes == "fo");
    CHECK(decoded.others.size() == 2);
    // An octet that does not belong: pass over it, or stop.
    decoded = decode("Zm9v!YmFy", Encoding::base64, enough);
    CHECK(decoded.bytes == "foobar");
    CHECK(decoded.others == Texts{"foo"});
    decoded = decode("Zm9vYm!Fy", Encoding::base64, enough);
    CHECK(decoded.bytes == "foobar");
    CHECK(decoded.others == Texts{"foob"});
    // Nothing comes behind: all agree.
    CHECK(others("Zm8=!\r\n") == Texts{});
    CHECK(others("Zm9v!\r\n") == Texts{});
    CHECK(others("Zg===\r\n=") == Texts{});
}

TEST_CASE("decoding ends at the limit and says so")
{
    const std::string foo(1000, 'A');
    for (std::size_t limit = 0; limit < 20; ++limit) {
        const auto decoded = decode(foo, Encoding::base64, limit);
        CHECK(decoded.bytes == std::string(limit, '\0'));
        CHECK(decoded.is_cut);
        CHECK(decode(foo, Encoding::quoted_printable, limit).bytes == std::string(limit, 'A'));
        CHECK(decode(foo, Encoding::quoted_printable, limit).is_cut);
        CHECK(decode(foo, Encoding::none, limit).is_cut);
        CHECK(decode("M", Encoding::uuencode, limit).bytes == std::string(limit, '\0'));
    }
    for (const auto* text : {"Zm9vYmFy", "Zm9vYmFy\r\n", "Zm9v\r\nYmFy="})
        CHECK_FALSE(decode(text, Encoding::base64, 6).is_cut);
    CHECK(decode("Zm9vYmFy", Encoding::base64, 5).bytes == "fooba");
    CHECK(decode("Zm9vYmFy", Encoding::base64, 5).is_cut);
    CHECK_FALSE(decode("a=3D=\r\n", Encoding::quoted_printable, 2).is_cut);
}

TEST_CASE("quoted-printable is decoded with soft breaks, small letters and lone equals signs")
{
    CHECK(quoted("a=3Db=e3=81=82") == "a=b\xE3\x81\x82");
    CHECK(quoted("long =\r\nline=\nend\r\n") == "long lineend\r\n");
    CHECK(quoted("blanks = \t\r\nafter") == "blanks after");
    CHECK(quoted("1+1=2, =") == "1+1=2, ");
    CHECK(quoted("=") == "");
    CHECK(quoted("=4") == "=4");
    CHECK(quoted("x=\r") == "x=\r");
    CHECK(others("a=3Db =\r\nc", Encoding::quoted_printable) == Texts{});
    CHECK(others("a=zb", Encoding::quoted_printable) == Texts{"azb"});
    CHECK(others("a= \r\nb", Encoding::quoted_printable) == Texts{"a= \r\nb"});
}

TEST_CASE("uuencode is decoded, with its begin line or without")
{
    const auto uu
        = [](std::string_view text) { return decode(text, Encoding::uuencode, enough).bytes; };
    CHECK(uu("begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n") == "Cat");
    CHECK(uu("#0V%T\n`\nend\n") == "Cat");
    CHECK(uu("text before\nbegin 644 cat.txt\n\n#0V%T\nend\n#0V%T\n") == "Cat");
    CHECK(uu("begin 644 a\n$0V%T") == std::string("Cat\0", 4));
    CHECK(uu("begin 644 a\n!80\n") == "a");
    CHECK(uu("") == "");
}

TEST_CASE("a line that begins a uuencoded file is told from prose")
{
    CHECK(uuencode_name("begin 644 cat.txt\r\n") == "cat.txt");
    CHECK(uuencode_name("begin 0755 a b.exe") == "a b.exe");
    for (const auto* line : {"begin  644 x", "begin\t644\tx", "begin 64 x", "begin 100644 x"})
        CHECK(uuencode_name(line) == "x");
    for (const auto* line : {"begin 644", "begin 888 x", "begin the day", " begin 644 x",
                             "begin 644 ", "begin 6440000 x", "begin644 x", "begin  x"})
        CHECK_FALSE(uuencode_name(line));
    CHECK(is_uuencode_data("#0V%T\r\n"));
    CHECK(is_uuencode_data("`"));
    CHECK(is_uuencode_data("$0V%T  "));
    CHECK_FALSE(is_uuencode_data("#0V%T and more"));
    CHECK_FALSE(is_uuencode_data("Mshort"));
    CHECK_FALSE(is_uuencode_data(""));
    CHECK_FALSE(is_uuencode_data("\x80 0"));
}
