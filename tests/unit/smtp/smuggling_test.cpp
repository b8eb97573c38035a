// SPDX-License-Identifier: Apache-2.0
// Every string of up to 8 symbols of {CR, LF, '.', NUL, x} inside DATA, inwards and outwards
// (security.md).
#include "gateway/mail/stamp.hpp"
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
