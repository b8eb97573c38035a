// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/message.hpp"

#include <catch2/catch.hpp>

namespace mail {
namespace {
Message in_chunks(const std::vector<std::string>& parts, Dots dots = Dots::plain)
{
    std::vector<Chunk> chunks;
    for (const auto& part : parts)
        chunks.push_back(Chunk::copy_of(part));
    return Message{std::move(chunks), dots};
}
}

TEST_CASE("header and body are told apart wherever chunks end")
{
    const std::string text = "Subject: x\r\n y\r\nTo: a@b\r\n\r\nBody\r\n\r\nmore\r\n";
    const auto header_size = text.find("\r\n\r\n") + 2;
    for (std::size_t first = 0; first <= text.size(); ++first)
        for (std::size_t second = first; second <= text.size(); ++second) {
            const auto message = in_chunks(
                {text.substr(0, first), text.substr(first, second - first), text.substr(second)});
            REQUIRE(message.size() == text.size());
            REQUIRE(message.header_block() == text.substr(0, header_size));
            REQUIRE(message.body_offset() == header_size + 2);
            REQUIRE(message.body(1000) == "Body\r\n\r\nmore\r\n");
            REQUIRE(message.text() == text);
            REQUIRE(message.header().decoded("subject") == "x y");
        }
}

TEST_CASE("messages without header, body or anything are messages too")
{
    const auto [text, header, offset] = GENERATE(table<std::string, std::string, std::size_t>({
        {"", "", 0},
        {"\r\n", "", 2},
        {"\r\nbody\r\n", "", 2},
        {"A: b\r\n", "A: b\r\n", 6},
        {"A: b", "A: b", 4},
        {"A: b\r\n\r\n", "A: b\r\n", 8},
        {"A: b\r\n\r", "A: b\r\n\r", 7},
        {"no header at all", "no header at all", 16},
    }));
    const auto whole = Message::from_text(text);
    CHECK(whole.header_block() == header);
    CHECK(whole.body_offset() == offset);
    std::vector<std::string> letters;
    for (const char c : text)
        letters.emplace_back(1, c);
    const auto pieces = in_chunks(letters);
    CHECK(pieces.header_block() == header);
    CHECK(pieces.body_offset() == offset);
    CHECK(pieces.text() == text);
}

TEST_CASE("a stuffed message is shown without the dots that stuffing added")
{
    const std::string wire = "..Odd: x\r\n\r\n..\r\n..a\r\nb.\r\n...\r\n";
    for (std::size_t first = 0; first <= wire.size(); ++first) {
        const auto message = in_chunks({wire.substr(0, first), wire.substr(first)}, Dots::stuffed);
        REQUIRE(message.text() == ".Odd: x\r\n\r\n.\r\n.a\r\nb.\r\n..\r\n");
        REQUIRE(message.body(100) == ".\r\n.a\r\nb.\r\n..\r\n");
        REQUIRE(message.header().find(".odd") != nullptr);
        REQUIRE(message.body(2) == ".\r");
        REQUIRE(message.body(0).empty());
    }
}

TEST_CASE("a header over the limit is cut behind a whole line and says so")
{
    const auto chunk = GENERATE(as<std::size_t>{}, 1000, 16 * 1024, 256 * 1024, 1024 * 1024);
    std::string text;
    while (text.size() <= HeaderLimits::bytes)
        text += "X-Filler: " + std::string(500, 'x') + "\r\n";
    const auto last_line = text.rfind("\r\n", HeaderLimits::bytes - 2) + 2;
    text += "\r\nbody\r\n";
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size(); at += chunk)
        parts.push_back(text.substr(at, chunk));
    const auto message = in_chunks(parts);
    CHECK(message.header_block().size() == last_line);
    CHECK(message.body_offset() == last_line);
    CHECK(message.header().is_truncated());
    CHECK(message.text() == text);
}

TEST_CASE("a header of exactly the limit is whole")
{
    const auto chunk = GENERATE(as<std::size_t>{}, 5000, 1024 * 1024);
    const std::string line = "A: " + std::string(HeaderLimits::bytes - 5, 'x') + "\r\n";
    const std::string text = line + "\r\nbody\r\n";
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size(); at += chunk)
        parts.push_back(text.substr(at, chunk));
    const auto message = in_chunks(parts);
    CHECK(message.header_block() == line);
    CHECK_FALSE(message.header().is_truncated());
    CHECK(message.body(100) == "body\r\n");
    const auto one_more = Message::from_text("B" + text);
    CHECK(one_more.header().is_truncated());
}

TEST_CASE("views stay good when the message moves")
{
    auto message = in_chunks({"Subject: a lo", "ng enough subject\r\n", "\r\nbody\r\n"});
    const Header& header = message.header();
    const Message moved = std::move(message);
    CHECK(&moved.header() == &header);
    CHECK(moved.header().decoded("Subject") == "a long enough subject");
    CHECK(moved.header_block() == "Subject: a long enough subject\r\n");
}

TEST_CASE("a chunk goes back to its owner once")
{
    int returned = 0;
    char memory[8] = {};
    const auto release
        = [](char*, std::size_t, void* owner) noexcept { ++*static_cast<int*>(owner); };
    {
        Chunk chunk{memory, sizeof memory, release, &returned};
        CHECK(chunk.free_space().size() == 8);
        chunk.resize(3);
        CHECK(chunk.free_space().data() == memory + 3);
        Chunk moved{std::move(chunk)};
        Chunk assigned = Chunk::copy_of("x");
        assigned = std::move(moved);
        CHECK(assigned.size() == 3);
        CHECK(returned == 0);
    }
    CHECK(returned == 1);
}
}
