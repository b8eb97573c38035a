// SPDX-License-Identifier: Apache-2.0
// Every string of up to 8 symbols of {CR, LF, '.', NUL, x} inside DATA, inwards and outwards
// (security.md).
#include "gateway/mail/stamp.hpp"
#include "gateway/smtp/data_reader.hpp"
#include "gateway/smtp/framer.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace {
constexpr std::string_view symbols{"\r\n.\0x", 5};
constexpr std::string_view head = "Subject: s\r\n\r\n";

/// Calls `check` with each string of exactly `length` symbols.
template <class Check> void each_string(unsigned length, Check check)
{
    std::uint64_t count = 1;
    for (unsigned i = 0; i < length; ++i)
        count *= symbols.size();
    std::string text(length, ' ');
    for (std::uint64_t n = 0; n < count; ++n) {
        for (auto [i, rest] = std::pair{0U, n}; i < length; ++i, rest /= symbols.size())
            text[i] = symbols[rest % symbols.size()];
        check(text);
    }
}

bool has_bare(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))
            return true;
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            return true;
    }
    return false;
}

/// What a server that ends data at any look-alike of CRLF.CRLF would take for the end.
bool has_early_end(std::string_view wire)
{
    for (const std::string_view end : {"\n.\n", "\n.\r", "\r.\r", "\r.\n"})
        if (const auto at = wire.find(end); at != std::string_view::npos && at + 4 < wire.size())
            return true;
    return false;
}
}

namespace {
/// The rules of `mended`, said in another way: cut into the lines the sender stuffed at, dots off,
/// NUL out; then read octet by octet, where a line end is CRLF, CR or LF.
std::string mended_by_the_book(std::string_view data, bool is_stuffed)
{
    std::string plain;
    for (std::size_t start = 0; start < data.size();) {
        const auto end = std::min(data.find("\r\n", start), data.size());
        const auto line = data.substr(start, end - start);
        plain += is_stuffed && line.starts_with('.') ? line.substr(1) : line;
        if (end < data.size())
            plain += "\r\n";
        start = end + 2;
    }
    std::string out;
    bool was_cr = false;
    for (const char c : plain) {
        if (c == '\0')
            continue;
        if (c == '\r' || (c == '\n' && !was_cr))
            out += "\r\n";
        else if (c != '\n')
            out += c;
        was_cr = c == '\r';
    }
    return out.empty() || out.ends_with("\r\n") ? out : out + "\r\n";
}

/// As sent to the next hop, without the final dot.
std::string rendered(const mail::Message& message)
{
    const mail::Stamp nothing;
    mail::Rendering rendering{message, nothing, mail::Dots::stuffed};
    std::string wire;
    std::array<std::string_view, 64> pieces;
    while (const auto count = rendering.next(pieces))
        for (std::size_t i = 0; i < count; ++i)
            wire += pieces[i];
    return wire;
}
}

TEST_CASE("a listed client's line ends are mended, and no dot gains or loses its meaning")
{
    const auto [data, stuffed, plain] = GENERATE(table<std::string, std::string, std::string>({
        {"x\n.\nMAIL\r\n", "x\r\n.\r\nMAIL\r\n", "x\r\n.\r\nMAIL\r\n"},
        {"x\n.\r\nMAIL\r\n", "x\r\n.\r\nMAIL\r\n", "x\r\n.\r\nMAIL\r\n"},
        {"x\r.\rMAIL\r\n", "x\r\n.\r\nMAIL\r\n", "x\r\n.\r\nMAIL\r\n"},
        {"x\r\n.\nMAIL\r\n", "x\r\n\r\nMAIL\r\n", "x\r\n.\r\nMAIL\r\n"},
        {"x\r\n..\nMAIL\r\n", "x\r\n.\r\nMAIL\r\n", "x\r\n..\r\nMAIL\r\n"},
        {"x\n..y\r\n", "x\r\n..y\r\n", "x\r\n..y\r\n"},
        {"x\r\r\ny\n\r\n", "x\r\n\r\ny\r\n\r\n", "x\r\n\r\ny\r\n\r\n"},
        {"x\n", "x\r\n", "x\r\n"},
        {"x\r", "x\r\n", "x\r\n"},
        {"x", "x\r\n", "x\r\n"},
        {std::string{"\0.\r\n", 4}, ".\r\n", ".\r\n"},
        {std::string{"x\r\0\n.\r\n", 8}, "x\r\n.\r\n", "x\r\n.\r\n"},
        {"", "", ""},
    }));
    CHECK(smtp::mended(data, mail::Dots::stuffed) == stuffed);
    CHECK(smtp::mended(data, mail::Dots::plain) == plain);
    const auto wire = rendered(mail::Message::from_text(stuffed));
    CHECK_FALSE(has_early_end(wire));
}

TEST_CASE("mended: what goes on reads as what came, and ends nowhere else")
{
    std::uint64_t strings = 0;
    const auto check = [&](const std::string& text, mail::Dots dots) {
        const bool is_stuffed = dots == mail::Dots::stuffed;
        const std::string data = std::string{head} + text + (is_stuffed ? "\r\n" : "");
        smtp::Framer framer{is_stuffed ? smtp::Framer::Ending::dot : smtp::Framer::Ending::counted};
        framer.scan(data);
        if (framer.is_complete())
            return; // the data ended inside: what follows is another matter
        const auto plain = smtp::mended(data, dots);
        const auto message = mail::Message::from_text(plain);
        const auto wire = rendered(message) + ".\r\n";
        if (plain != mended_by_the_book(data, is_stuffed))
            FAIL("mended otherwise: number " << strings);
        if (has_early_end(wire) || has_bare(wire) || wire.find('\0') != std::string::npos
            || wire.find("\r\n.\r\n") != wire.size() - 5)
            FAIL("an end of data inside number " << strings);
        if (mail::Message::from_text(wire.substr(0, wire.size() - 3), mail::Dots::stuffed).text()
            != plain)
            FAIL("reads otherwise at the next hop: number " << strings);
        ++strings;
    };
    for (unsigned length = 0; length <= 7; ++length)
        each_string(length, [&](const std::string& text) {
            check(text, mail::Dots::stuffed);
            check(text, mail::Dots::plain);
        });
    CHECK(strings > 150'000);
}

TEST_CASE("inwards: the end of data is where RFC 5321 says and nowhere else")
{
    std::uint64_t strings = 0;
    for (unsigned length = 0; length <= 8; ++length)
        each_string(length, [&](const std::string& text) {
            const std::string wire = std::string{head} + text + "\r\n.\r\nQUIT\r\n";
            const auto end = wire.find("\r\n.\r\n") + 5;
            smtp::Framer framer{smtp::Framer::Ending::dot};
            const auto taken = framer.scan(wire);
            if (taken != end || !framer.is_complete() || framer.size() != end - 3)
                FAIL("ends elsewhere: string " << strings << " of length " << length);
            const auto data = std::string_view{wire}.substr(0, end - 3);
            if (framer.has_bare_line_end() != has_bare(data)
                || framer.has_nul() != (data.find('\0') != std::string_view::npos))
                FAIL("judged wrongly: string " << strings << " of length " << length);
            ++strings;
        });
    CHECK(strings == 488'281);
}

TEST_CASE("outwards: no server, however lenient, sees an end of data inside what we pass on")
{
    std::uint64_t passed_on = 0;
    const auto check = [&](const std::string& text, smtp::Framer::Ending ending) {
        const std::string data = std::string{head} + text + "\r\n";
        smtp::Framer framer{ending};
        framer.scan(data);
        framer.finish();
        if (framer.has_bare_line_end() || framer.has_nul() || framer.is_complete())
            return;
        const bool is_counted = ending == smtp::Framer::Ending::counted;
        const auto message
            = mail::Message::from_text(data, is_counted ? mail::Dots::plain : mail::Dots::stuffed);
        const mail::Stamp stamp{"Received: here\r\n", {}};
        mail::Rendering rendering{message, stamp, mail::Dots::stuffed};
        std::string wire;
        std::array<std::string_view, 64> pieces;
        while (const auto count = rendering.next(pieces))
            for (std::size_t i = 0; i < count; ++i)
                wire += pieces[i];
        wire += ".\r\n";
        if (has_early_end(wire) || wire.find("\r\n.\r\n") != wire.size() - 5)
            FAIL("an end of data inside number " << passed_on);
        ++passed_on;
    };
    for (unsigned length = 0; length <= 8; ++length)
        each_string(length, [&](const std::string& text) {
            check(text, smtp::Framer::Ending::dot);
            check(text, smtp::Framer::Ending::counted);
        });
    CHECK(passed_on > 1000);
}
