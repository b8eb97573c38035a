// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/reply.hpp"

#include <catch2/catch.hpp>

namespace mail {
TEST_CASE("a reply goes out with its code on every line")
{
    CHECK(to_wire({250, "2.0.0", "Ok"}) == "250 2.0.0 Ok\r\n");
    CHECK(to_wire({354, "", "Go ahead"}) == "354 Go ahead\r\n");
    CHECK(to_wire({250, "", "mx\nPIPELINING\nSIZE 1"})
          == "250-mx\r\n250-PIPELINING\r\n250 SIZE 1\r\n");
    CHECK(to_wire({550, "5.7.1", "no\nask us"}) == "550-5.7.1 no\r\n550 5.7.1 ask us\r\n");
    CHECK(to_wire({250, "2.0.0", ""}) == "250 2.0.0\r\n");
    CHECK(to_wire({250, "", ""}) == "250 \r\n");
}

TEST_CASE("a reply that nobody decided acknowledges nothing")
{
    CHECK_FALSE(Reply{}.is_positive());
    CHECK(Reply{}.is_transient());
}

TEST_CASE("no text of a reply can forge another line")
{
    CHECK(to_wire({550, "5.7.1", "a\r\n250 ok\0\t\x1b[1m \xC3\xA9"})
          == "550-5.7.1 a?\r\n550 5.7.1 250 ok\r\n");
    CHECK(to_wire({550, "5.7.1\r\n250", "\x7f\t\xC3\xA9"}) == "550 5.7.1??25 ????\r\n");
}

TEST_CASE("a long text is broken between words into lines of 512 octets")
{
    const auto word = GENERATE(as<std::string>{}, "word ", "", "x");
    std::string text;
    while (text.size() < 3000)
        text += word.empty() ? "unbreakable" : word;
    const std::string wire = to_wire({550, "5.7.1", text});
    std::string joined;
    std::size_t lines = 0;
    for (std::size_t at = 0; at < wire.size(); ++lines) {
        const auto end = wire.find("\r\n", at);
        CHECK(end + 2 - at <= 512);
        CHECK(wire[at + 3] == (end + 2 == wire.size() ? ' ' : '-'));
        joined += wire.substr(at + 10, end - at - 10);
        joined += word == "word " ? " " : "";
        at = end + 2;
    }
    CHECK(lines < 10);
    CHECK(joined.starts_with(text.substr(0, text.size() - 1)));
}

TEST_CASE("a peer's reply keeps class and enhanced code and loses the rest")
{
    using Lines = std::vector<std::string>;
    const auto [code, lines, expected] = GENERATE(table<int, Lines, std::string>({
        {250, {"2.0.0 Ok: queued"}, "250 2.0.0 Ok: queued\r\n"},
        {550, {"550-5.1.1 No such user", "550 5.1.1 here"}, "550 5.1.1 No such user here\r\n"},
        {550, {"5.1.1 a", "b"}, "550 5.1.1 a b\r\n"},
        {451, {"5.1.1 wrong class"}, "451 5.1.1 wrong class\r\n"},
        {550, {"5.1"}, "550 5.1\r\n"},
        {550, {"5.1.1234"}, "550 5.1.1234\r\n"},
        {550, {"5.1.x"}, "550 5.1.x\r\n"},
        {550, {"550"}, "550 \r\n"},
        {550, {}, "550 \r\n"},
        {550, {"5.7.1 a\r\n250 ok\x01\xff"}, "550 5.7.1 a??250 ok??\r\n"},
        {99, {"odd"}, "451 odd\r\n"},
        {600, {"6.0.0 odd"}, "451 6.0.0 odd\r\n"},
        {-1, {""}, "451 \r\n"},
    }));
    CHECK(to_wire(sanitised(code, lines)) == expected);
}

TEST_CASE("three hundred thousand lines of a peer become one short line")
{
    const std::vector<std::string> lines(300'000, std::string(100, 'x'));
    const Reply reply = sanitised(550, lines);
    CHECK(reply.text.size() <= 400);
    CHECK(reply.text.size() > 300);
    CHECK_FALSE(reply.closes);
    CHECK(sanitised(550, {std::string(3000, 'y')}).text.size() == 400);
}
}
