// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/framer.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>

using smtp::Framer;

namespace {
Framer scanned(std::string_view bytes, Framer::Ending ending = Framer::Ending::dot)
{
    Framer framer{ending};
    framer.scan(bytes);
    return framer;
}
}

TEST_CASE("only CRLF.CRLF ends the data")
{
    struct Case {
        std::string bytes;
        bool is_complete;
        std::uint64_t size;
    };
    const auto c = GENERATE(values<Case>({
        {".\r\n", true, 0},
        {"a\r\n.\r\n", true, 3},
        {"a\r\n.\r\nQUIT\r\n", true, 3},
        {"a\n.\n", false, 4},
        {"a\n.\r\n", false, 5},
        {"a\r.\r\n", false, 5},
        {"a\r\n.\n", false, 5},
        {"a\r\n.\r", false, 5},
        {"a\r\n.\r\r\n", false, 7},
        {"a\r\n..\r\n", false, 7},
        {"a\r\n.b\r\n", false, 7},
        {"..\r\n.\r\n", true, 4},
        {std::string("a\r\n.\0\r\n", 7), false, 7},
    }));
    INFO(c.bytes);
    const Framer framer = scanned(c.bytes);
    CHECK(framer.is_complete() == c.is_complete);
    CHECK(framer.size() == c.size);
}

TEST_CASE("what is wrong with line ends is noticed wherever it stands")
{
    struct Case {
        std::string bytes;
        bool has_bare, has_nul;
    };
    const auto c = GENERATE(values<Case>({
        {"a\r\nb\r\n", false, false},
        {"a\nb\r\n", true, false},
        {"\n", true, false},
        {"a\rb\r\n", true, false},
        {"a\r\r\n", true, false},
        {".\rb\r\n", true, false},
        {".\nb\r\n", true, false},
        {std::string("a\0b\r\n", 5), false, true},
        {std::string("\0", 1), false, true},
    }));
    INFO(c.bytes);
    CHECK(scanned(c.bytes).has_bare_line_end() == c.has_bare);
    CHECK(scanned(c.bytes).has_nul() == c.has_nul);
}

TEST_CASE("a CR at the very end of counted data is bare")
{
    Framer framer = scanned("a\r", Framer::Ending::counted);
    CHECK_FALSE(framer.has_bare_line_end());
    framer.finish();
    CHECK(framer.has_bare_line_end());
}

TEST_CASE("counted data has no dot that ends it")
{
    const Framer framer = scanned("a\r\n.\r\nb", Framer::Ending::counted);
    CHECK_FALSE(framer.is_complete());
    CHECK_FALSE(framer.has_bare_line_end());
    CHECK(framer.size() == 7);
    CHECK_FALSE(framer.ends_with_line());
}

TEST_CASE("the longest line counts its CRLF, and an open line counts too")
{
    CHECK(scanned("abc\r\nde\r\n").longest_line() == 5);
    CHECK(scanned(std::string(5000, 'x')).longest_line() == 5000);
}

TEST_CASE("where the bytes are cut makes no difference")
{
    std::mt19937 random{7};
    const std::string_view alphabet{"\r\n.x\0", 5};
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes;
        for (auto left = random() % 60; left > 0; --left)
            bytes += random() % 3 ? 'x' : alphabet[random() % alphabet.size()];
        bytes += "\r\n.\r\nrest";
        const Framer whole = scanned(bytes);
        Framer cut{Framer::Ending::dot};
        std::size_t at = 0;
        while (at < bytes.size() && !cut.is_complete())
            at += cut.scan(std::string_view{bytes}.substr(at, 1 + random() % 20));
        if (cut.size() != whole.size() || cut.has_bare_line_end() != whole.has_bare_line_end()
            || cut.has_nul() != whole.has_nul() || cut.longest_line() != whole.longest_line())
            FAIL("round " << round);
    }
}

TEST_CASE("the vector search finds the same octets as the eye")
{
    for (std::size_t length = 0; length < 70; ++length)
        for (std::size_t hit = 0; hit <= length; ++hit)
            for (const char c : {'\r', '\n', '\0'}) {
                std::string bytes(length, 'x');
                if (hit < length)
                    bytes[hit] = c;
                REQUIRE(smtp::find_line_control(bytes.data(), 0, bytes.size()) == hit);
            }
}
