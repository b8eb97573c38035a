// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/stamp.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace mail {
namespace {
Message in_two(std::string_view text, std::size_t border, Dots dots)
{
    std::vector<Chunk> chunks;
    chunks.push_back(Chunk::copy_of(text.substr(0, border)));
    chunks.push_back(Chunk::copy_of(text.substr(border)));
    return Message{std::move(chunks), dots};
}

std::string rendered(const Message& message, const Stamp& stamp, Dots dots)
{
    Rendering rendering{message, stamp, dots};
    std::string text;
    std::array<std::string_view, 64> pieces;
    while (const std::size_t count = rendering.next(pieces)) {
        std::size_t batch = 0;
        for (std::size_t i = 0; i < count; ++i) {
            batch += pieces[i].size();
            text += pieces[i];
        }
        REQUIRE(batch > 0);
        REQUIRE(batch <= 256 * 1024);
    }
    if (text.size() != rendering.size())
        FAIL("size() says " << rendering.size() << " for " << text.size());
    return text;
}

// The plain bytes of a message and whether each stays.
std::string kept(std::string_view text, Dots from, const std::vector<Range>& left_out)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool at_line_start = i == 0 || text[i - 1] == '\n';
        const bool is_stuffing = from == Dots::stuffed && at_line_start && text[i] == '.';
        bool stays = !is_stuffing;
        for (const auto& range : left_out)
            stays &= i < range.offset || i >= range.offset + range.length;
        if (stays)
            plain += text[i];
    }
    return plain;
}

std::string in_form(std::string_view plain, Dots to)
{
    std::string text;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        if (to == Dots::stuffed && plain[i] == '.' && (i == 0 || plain[i - 1] == '\n'))
            text += '.';
        text += plain[i];
    }
    return text;
}

std::string spelled(std::size_t number, std::size_t length)
{
    constexpr std::string_view symbols[] = {"\r\n", ".", "x"};
    std::string text;
    for (std::size_t i = 0; i < length; ++i, number /= 3)
        text += symbols[number % 3];
    return text;
}

std::vector<Range> random_ranges(std::size_t size, std::minstd_rand& random)
{
    std::vector<Range> ranges;
    for (std::size_t at = 0; at < size;) {
        const std::size_t offset = at + random() % (size - at + 1);
        const std::size_t length = random() % (size - offset + 2);
        ranges.push_back({offset, length});
        at = offset + length + random() % 2;
    }
    return ranges;
}

void compare(const std::string& plain, const Stamp& stamp)
{
    for (const Dots from : {Dots::plain, Dots::stuffed}) {
        const std::string text = in_form(plain, from);
        for (std::size_t border = 0; border <= text.size(); ++border) {
            const auto message = in_two(text, border, from);
            for (const Dots to : {Dots::plain, Dots::stuffed}) {
                const auto expected = in_form(stamp.lines + kept(text, from, stamp.left_out), to);
                const auto found = rendered(message, stamp, to);
                if (found != expected) {
                    CAPTURE(text, border, from == Dots::plain, to == Dots::plain,
                            stamp.left_out.size());
                    REQUIRE(found == expected);
                }
            }
        }
    }
}
}

TEST_CASE("every short message renders right, whatever the border, the dots and what is left out")
{
    std::minstd_rand random{20260728};
    std::size_t compared = 0;
    for (std::size_t length = 0; length <= 7; ++length) {
        std::size_t count = 1;
        for (std::size_t i = 0; i < length; ++i)
            count *= 3;
        for (std::size_t number = 0; number < count; ++number, ++compared) {
            const std::string plain = spelled(number, length);
            compare(plain, {});
            compare(plain, {"A: b\r\n", random_ranges(plain.size(), random)});
            compare(plain, {"", random_ranges(plain.size() + plain.size() / 2, random)});
        }
    }
    CHECK(compared == 3280);
}

TEST_CASE("ranges may span many chunks")
{
    std::minstd_rand random{7};
    for (int round = 0; round < 2000; ++round) {
        const std::string plain = spelled(random(), 20);
        const auto from = round % 2 == 0 ? Dots::plain : Dots::stuffed;
        const std::string text = in_form(plain, from);
        std::vector<Chunk> chunks;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t length = 1 + random() % 4;
            chunks.push_back(Chunk::copy_of(std::string_view{text}.substr(at, length)));
            at += length;
        }
        const Message message{std::move(chunks), from};
        const Stamp stamp{"", random_ranges(text.size(), random)};
        for (const Dots to : {Dots::plain, Dots::stuffed})
            REQUIRE(rendered(message, stamp, to) == in_form(kept(text, from, stamp.left_out), to));
    }
}

TEST_CASE("without a change of dots no byte is copied")
{
    const std::string text(100'000, 'x');
    const auto message = in_two(text, 60'000, Dots::stuffed);
    const Stamp stamp{"A: b\r\n", {{10, 5}}};
    Rendering rendering{message, stamp, Dots::stuffed};
    std::array<std::string_view, 64> pieces;
    REQUIRE(rendering.next(pieces) == 4);
    CHECK(pieces[0].data() == stamp.lines.data());
    CHECK(pieces[1].data() == message.chunks()[0].view().data());
    CHECK(pieces[2].data() == message.chunks()[0].view().data() + 15);
    CHECK(pieces[3].data() == message.chunks()[1].view().data());
    CHECK(rendering.next(pieces) == 0);
}

TEST_CASE("a message of nothing but dots goes out in few large batches")
{
    std::string plain;
    while (plain.size() < 3'000'000)
        plain += ".\r\n";
    const auto message = Message::from_text(plain);
    const Stamp stamp;
    Rendering rendering{message, stamp, Dots::stuffed};
    std::array<std::string_view, 64> pieces;
    std::size_t batches = 0;
    while (rendering.next(pieces) != 0)
        ++batches;
    CHECK(batches < 300);
    CHECK(rendered(message, stamp, Dots::stuffed).size() == plain.size() / 3 * 4);
}

TEST_CASE("large messages go out in batches of 256 KiB")
{
    std::string plain;
    while (plain.size() < 2'000'000)
        plain += std::string(plain.size() % 5000, 'x') + "\r\n.y\r\n";
    for (const Dots from : {Dots::plain, Dots::stuffed}) {
        const auto message = in_two(in_form(plain, from), 1'000'001, from);
        for (const Dots to : {Dots::plain, Dots::stuffed})
            CHECK((rendered(message, {}, to) == in_form(plain, to)));
    }
}

TEST_CASE("fields that are left out stay in order and count once")
{
    const auto message = Message::from_text("A: 1\r\nB: 2\r\n x\r\nC: 3\r\n\r\nbody\r\n");
    Stamp stamp{"New: z\r\n", {}};
    leave_out(stamp, *message.header().find("C"));
    leave_out(stamp, *message.header().find("A"));
    leave_out(stamp, *message.header().find("C"));
    CHECK(stamp.left_out.size() == 2);
    CHECK(rendered(message, stamp, Dots::plain) == "New: z\r\nB: 2\r\n x\r\n\r\nbody\r\n");
}

TEST_CASE("ranges that break the rules do no harm")
{
    const auto message = Message::from_text("abc\r\n");
    const auto all = static_cast<std::size_t>(-1);
    CHECK(rendered(message, {"", {{1, all}}}, Dots::plain) == "a");
    CHECK(rendered(message, {"", {{all, all}}}, Dots::plain) == "abc\r\n");
    CHECK(rendered(message, {"", {{3, 1}, {0, 1}, {2, 3}}}, Dots::plain) == "abc");
    CHECK(rendered(Message{}, {"A: b\r\n", {{0, 3}}}, Dots::stuffed) == "A: b\r\n");
}
}
