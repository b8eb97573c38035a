// SPDX-License-Identifier: Apache-2.0
#include "filters/content/mime.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>

using namespace filters::content;

namespace {
/// Keeps the messages, for parts are views of them.
Structure parse(std::string message)
{
    static std::deque<std::string> kept;
    return parse_mime(kept.emplace_back(std::move(message)), Limits{});
}

/// "path type body" of each part: the body of leaves alone, "~" before what is an alternative.
std::vector<std::string> shape(const Structure& structure, bool with_alternatives = false)
{
    std::vector<std::string> lines;
    for (const auto& part : structure.parts)
        if (with_alternatives || !part.is_alternative)
            lines.push_back((part.is_alternative ? "~" : "") + part.path + " " + part.type
                            + (part.is_container ? "" : " [" + std::string{part.body} + "]"));
    return lines;
}
using Lines = std::vector<std::string>;

bool has(const Structure& structure, std::string_view name, std::string_view detail = "")
{
    return std::ranges::any_of(structure.oddities, [&](const Oddity& oddity) {
        return oddity.name == name && oddity.detail.contains(detail);
    });
}
bool is_unscannable(const Structure& structure)
{
    return std::ranges::any_of(structure.oddities, &Oddity::is_unscannable);
}
/// Whether some reading has a leaf with this encoded body.
bool finds(const Structure& structure, std::string_view body, Encoding encoding = Encoding::none)
{
    return std::ranges::any_of(structure.parts, [&](const Part& part) {
        return !part.is_container && part.body == body && part.encoding == encoding;
    });
}

/// A multipart/mixed with the boundary "b" around `parts`.
std::string mixed(std::string_view parts)
{
    return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + std::string{parts};
}
}

TEST_CASE("a message without MIME is one text")
{
    CHECK(shape(parse("Subject: x\r\n\r\nhello\r\n")) == Lines{"1 text/plain [hello\r\n]"});
    CHECK(shape(parse("Subject: x\r\n")) == Lines{"1 text/plain []"});
    CHECK(shape(parse("\r\nbody")) == Lines{"1 text/plain [body]"});
    CHECK(shape(parse("")) == Lines{"1 text/plain []"});
    CHECK(parse("Subject: x\r\n\r\nhello").oddities.empty());
    CHECK(parse("A: b\n\nbody").parts.front().header == "A: b\n");
}

TEST_CASE("a multipart without a subtype is one")
{
    for (const auto* type : {"multipart/", "multipart", "multipart/ ; x=y", "multipart-mixed"}) {
        INFO(type);
        const auto structure = parse("Content-Type: " + std::string{type}
                                     + "; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n");
        CHECK(shape(structure) == Lines{" multipart/mixed", "1 text/plain [one]"});
    }
}

TEST_CASE("parts of a multipart have exact ranges and IMAP's numbers")
{
    const auto structure
        = parse(mixed("preamble\r\n--b\r\n\r\none\r\n\r\n--b  \r\n"
                      "Content-Type: text/HTML; charset=\"UTF-8\"\r\n\r\ntwo\r\n--b\r\n"
                      "Content-Type: image/png; name=a.png\r\n"
                      "Content-Disposition: attachment; filename=\"b.png\"\r\n"
                      "Content-ID: <x@y>\r\n"
                      "Content-Transfer-Encoding: base64\r\n\r\n--b--\r\nepilogue\r\n"));
    CHECK(shape(structure)
          == Lines{" multipart/mixed", "1 text/plain [one\r\n]", "2 text/html [two]",
                   "3 image/png []"});
    CHECK(structure.oddities.empty());
    CHECK(structure.parts[2].charset == "utf-8");
    const auto& picture = structure.parts[3];
    CHECK(picture.filename == "b.png");
    CHECK(picture.other_filenames == std::vector<std::string>{"a.png"});
    CHECK(picture.disposition == "attachment");
    CHECK(picture.content_id == "x@y");
    CHECK(picture.encoding == Encoding::base64);
    CHECK(picture.depth == 1);
    CHECK(structure.parts[0].body.ends_with("epilogue\r\n"));
}

TEST_CASE("line ends may be LF, and the last boundary may be missing")
{
    CHECK(shape(parse("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n"))
          == Lines{" multipart/mixed", "1 text/plain [one]", "2 text/plain [two\n]"});
}

TEST_CASE("multiparts and messages nest")
{
    const auto structure = parse(mixed(
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nA\r\n--c--\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n"
        "Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n\r\nB\r\n--d--\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nC\r\n--b--\r\n"));
    CHECK(shape(structure)
          == Lines{" multipart/mixed", "1 multipart/alternative", "1.1 text/plain [A]",
                   "2 message/rfc822", "2.TEXT multipart/mixed", "2.1 text/plain [B]",
                   "3 message/rfc822", "3.1 text/plain [C]"});
    CHECK(structure.oddities.empty());
    CHECK(shape(parse("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nD"))
          == Lines{"1 message/rfc822", "1.1 text/plain [D]"});
    CHECK(shape(parse("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: "
                      "x\r\n\r\nE\r\n--b--"))
          == Lines{" multipart/digest", "1 message/rfc822", "1.1 text/plain [E]"});
}

TEST_CASE("an encoded message is decoded and read")
{
    // "Subject: x\r\n\r\nF"
    const auto structure = parse(mixed("--b\r\nContent-Type: message/rfc822\r\n"
                                       "Content-Transfer-Encoding: base64\r\n\r\n"
                                       "U3ViamVjdDogeA0KDQpG\r\n--b--\r\n"));
    CHECK(shape(structure) == Lines{" multipart/mixed", "1 message/rfc822", "1.1 text/plain [F]"});
    CHECK(structure.parts.back().depth == 2);
    CHECK(structure.decoded_messages.size() == 1);
    CHECK(structure.oddities.empty());
}

TEST_CASE("a boundary line of an outer container ends the inner ones")
{
    CHECK(shape(parse(mixed("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
                            "--c\r\n\r\nA\r\n--b\r\n\r\nB\r\n--b--\r\n")))
          == Lines{" multipart/mixed", "1 multipart/mixed", "1.1 text/plain [A]",
                   "2 text/plain [B]"});
}

TEST_CASE("a boundary that begins with another one is told from it")
{
    const auto structure = parse(mixed("--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n"
                                       "--bb\r\n\r\nA\r\n--bb--\r\n--b\r\n\r\nB\r\n--b--\r\n"));
    CHECK(shape(structure)
          == Lines{" multipart/mixed", "1 multipart/mixed", "1.1 text/plain [A]",
                   "2 text/plain [B]"});
    CHECK(structure.oddities.empty());
}

namespace {
struct Case {
    std::string name;
    std::string message;
    std::vector<std::string> bodies;
};

std::vector<Case> ambiguous_structures()
{
    const std::string two_types
        = "Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
          "--b\r\n\r\nEVIL\r\n--b--\r\n";
    return {
        {"two types", two_types, {"EVIL", "--b\r\n\r\nEVIL\r\n--b--\r\n"}},
        {"two boundaries",
         "Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n"
         "--a\r\n\r\nnice\r\n--a--\r\n--b\r\n\r\nEVIL\r\n--b--\r\n",
         {"nice", "EVIL"}},
        {"three boundaries",
         "Content-Type: multipart/mixed; boundary=a; boundary=x; boundary=b\r\n\r\n"
         "--a\r\n\r\nnice\r\n--a--\r\n--b\r\n\r\nEVIL\r\n--b--\r\n",
         {"nice", "EVIL"}},
        {"segments of a boundary",
         "Content-Type: multipart/mixed; boundary=a; boundary*0=\"b\"; boundary*1=\"c\"\r\n\r\n"
         "--a\r\n\r\nnice\r\n--a--\r\n--bc\r\n\r\nEVIL\r\n--bc--\r\n",
         {"nice", "EVIL"}},
        {"NUL in a boundary",
         "Content-Type: multipart/mixed; boundary=\"b" + std::string(1, '\0')
             + "x\"\r\n\r\n--b\r\n\r\nEVIL\r\n--b--\r\n",
         {"EVIL"}},
        {"a boundary in words",
         "Content-Type: multipart/mixed; boundary=\"=?us-ascii?Q?b?=\"\r\n\r\n"
         "--b\r\n\r\nEVIL\r\n--b--\r\n",
         {"EVIL"}},
        {"a line that begins with the boundary",
         mixed("--b\r\n\r\nnice\r\n--bx\r\n\r\nEVIL\r\n--b--\r\n"),
         {"EVIL", "nice"}},
        {"text behind the end",
         mixed("--b\r\n\r\nnice\r\n--b--x\r\n\r\nEVIL\r\n--b--\r\n"),
         {"nice", "nice\r\n--b--x\r\n\r\nEVIL"}},
        {"parts after the end",
         mixed("--b\r\n\r\nnice\r\n--b--\r\n--b\r\n\r\nEVIL\r\n--b--\r\n"),
         {"nice", "EVIL"}},
        {"no boundary",
         "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nEVIL\r\n--b--\r\n",
         {"EVIL"}},
        {"another boundary",
         mixed("--c\r\n\r\nEVIL\r\n--c--\r\n"),
         {"EVIL", "--c\r\n\r\nEVIL\r\n--c--\r\n"}},
        {"a header without an end",
         "Subject: x\r\nEVIL text\r\nmore: fields\r\n",
         {"EVIL text\r\nmore: fields\r\n"}},
        {"blanks for an empty line",
         "Subject: x\r\n \r\nEVIL\r\n\r\nnice\r\n",
         {"EVIL\r\n\r\nnice\r\n", "nice\r\n"}},
        {"several oddities at once",
         "Content-Type: text/plain\r\nno field\r\nContent-Type: multipart/mixed; boundary=a; "
         "boundary=b\r\n\r\n"
         "--b\r\n\r\nEVIL\r\n--b--\r\n",
         {"EVIL"}},
    };
}
}

TEST_CASE("every reading of an ambiguous structure is there")
{
    for (const auto& one : ambiguous_structures()) {
        INFO(one.name);
        const auto structure = parse(one.message);
        for (const auto& body : one.bodies) {
            INFO(body);
            CHECK(finds(structure, body));
        }
        CHECK(has(structure, "ambiguous_structure"));
        CHECK_FALSE(is_unscannable(structure));
    }
}

TEST_CASE("an inner container with the outer one's boundary hides nothing")
{
    const auto structure
        = parse(mixed("--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nA\r\n"
                      "--b--\r\n--b\r\n\r\nB\r\n--b--\r\n"));
    CHECK(finds(structure, "A"));
    CHECK(finds(structure, "B"));
}

TEST_CASE("an encoded container without parts is a file, too")
{
    const auto structure = parse("Content-Type: multipart/mixed; boundary=b; name=evil.exe\r\n"
                                 "Content-Transfer-Encoding: base64\r\n\r\nRVZJTA==\r\n");
    CHECK(finds(structure, "RVZJTA==\r\n", Encoding::base64));
    CHECK(structure.parts.back().filename == "evil.exe");
}

TEST_CASE("every reading of an encoding is there")
{
    const auto two = parse(mixed("--b\r\nContent-Transfer-Encoding: 7bit\r\n"
                                 "Content-Transfer-Encoding: base64\r\n\r\nRVZJTA==\r\n--b--\r\n"));
    CHECK(finds(two, "RVZJTA==", Encoding::none));
    CHECK(finds(two, "RVZJTA==", Encoding::base64));
    CHECK(has(two, "ambiguous_encoding"));
    const auto odd = parse("Content-Transfer-Encoding: base 64\r\n\r\nRVZJTA==");
    CHECK(finds(odd, "RVZJTA==", Encoding::unknown));
    CHECK(finds(odd, "RVZJTA==", Encoding::base64));
    // "--b\r\n\r\nEVIL\r\n--b--" in base64, as the body of a container
    const auto container = parse(
        "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "LS1iDQoNCkVWSUwNCi0tYi0t\r\n");
    CHECK(finds(container, "EVIL"));
    CHECK(has(container, "ambiguous_structure"));
}

TEST_CASE("files that are uuencoded in a text are parts of it")
{
    const auto structure
        = parse("Subject: x\r\n\r\nhello\r\nbegin 644 cat.exe\r\n#0V%T\r\n`\r\nend\r\nbye\r\n"
                "begin 644 of the story\r\nthis is prose\r\n");
    REQUIRE(structure.parts.size() == 2);
    const auto& file = structure.parts.back();
    CHECK(file.path == "1/cat.exe");
    CHECK(file.filename == "cat.exe");
    CHECK(decode(file.body, file.encoding, 100).bytes == "Cat");
    CHECK(file.body == "begin 644 cat.exe\r\n#0V%T\r\n`\r\nend\r\n");
    const auto cut = parse("\r\nbegin 644 a\r\n#0V%T\r\n");
    CHECK(cut.parts.back().filename == "a");
    const auto behind = parse("\r\nbegin 644 empty\r\nbegin 644 a\r\n#0V%T\r\nend\r\n");
    REQUIRE(behind.parts.size() == 2);
    CHECK(behind.parts.back().filename == "a");
}

TEST_CASE("fields that lie are noted")
{
    CHECK(has(parse("Content-Type: nonsense\r\n\r\n"), "malformed"));
    CHECK(has(parse("Content-Type: message/partial; id=x; number=1\r\n\r\n"), "unreadable"));
    CHECK(is_unscannable(parse("Content-Type: message/partial; id=x; number=1\r\n\r\n")));
    CHECK(has(parse("Content-Type: a/b; name=x.txt; name=x.exe\r\n\r\n"), "ambiguous_name",
              "part 1"));
    CHECK(parse("Content-Type: text\r\n\r\n").parts.front().type == "text/plain");
    CHECK(parse("Content-Type: text\r\n\r\n").oddities.empty());
    CHECK(shape(parse("Content-Type: multipart; boundary=b\r\n\r\n--b\r\n\r\nA\r\n--b--"))
          == Lines{" multipart/mixed", "1 text/plain [A]"});
}

TEST_CASE("limits of depth, parts and readings end the analysis and are said")
{
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b"
            + std::to_string(i) + "\r\n";
    const auto nested = parse(deep);
    CHECK(shape(nested).size() == 33);
    CHECK(has(nested, "over_limit"));
    CHECK(is_unscannable(nested));

    std::string wide;
    for (int i = 0; i < 2000; ++i)
        wide += "--b\r\n\r\nx\r\n";
    const auto many = parse(mixed(wide));
    CHECK(many.parts.size() == 1000);
    CHECK(is_unscannable(many));

    std::string messages;
    for (int i = 0; i < 100; ++i)
        messages += "Content-Type: message/rfc822\r\n\r\n";
    CHECK(is_unscannable(parse(messages)));

    const auto ways
        = parse("no field\r\nContent-Type: text/plain\r\n"
                "Content-Type: multipart/mixed; boundary=a; boundary=b; boundary=c\r\n\r\n"
                "--cx\r\n--c--\r\n--c\r\n--b--\r\n--b\r\n--a--\r\n--a\r\n\r\n--ax\r\n");
    CHECK(is_unscannable(ways));
}

TEST_CASE("parts that only a later reading has are read, or said to be too many")
{
    std::string parts = "Content-Type: multipart/mixed; boundary=a; boundary=b\r\n"
                        "Content-Type: multipart/mixed; boundary=c\r\n\r\n";
    for (const char boundary : {'a', 'b', 'c'})
        for (int i = 0; i < 900; ++i)
            parts += std::string{"--"} + boundary + "\r\n\r\n" + std::to_string(i) + "\r\n";
    const auto structure = parse(parts);
    CHECK(structure.parts.size() == 2000);
    CHECK(is_unscannable(structure));
}

TEST_CASE("a message encoded in a message encoded in a message ends within a budget")
{
    std::string text = "Subject: x\r\n\r\n" + std::string(200'000, 'y');
    for (int i = 0; i < 30; ++i)
        text = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            + text;
    const auto structure = parse(text);
    CHECK(is_unscannable(structure));
    std::size_t decoded = 0;
    for (const auto& part : structure.decoded_messages)
        decoded += part.size();
    CHECK(decoded <= 4 * text.size() + (1U << 20));
}

TEST_CASE("time is linear in the size for hostile structures")
{
    const auto repeat = [](std::string_view head, std::string_view unit) {
        std::string text{head};
        while (text.size() < 2'000'000)
            text += unit;
        return text;
    };
    std::string open;
    for (int i = 0; i < 31; ++i)
        open += "Content-Type: multipart/mixed; boundary="
            + std::string(static_cast<std::size_t>(i) + 1, 'b') + "\r\n\r\n--"
            + std::string(static_cast<std::size_t>(i) + 1, 'b') + "\r\n";
    const std::vector<std::string> messages{
        repeat(open + "\r\n", "--b--\r\n"),
        repeat(open + "\r\n", "--" + std::string(60, 'b') + "\r\n"),
        repeat(open + "\r\n", "--\n"),
        repeat("", "a:\n"),
        repeat("", "\n"),
        repeat("", "no field\n"),
        repeat("\r\n", "begin 644 x\n#0V%T\n"),
        repeat("\r\n", "begin 644 x\n"),
        repeat("Content-Type: multipart/mixed; boundary=b\r\n\r\n",
               "--b\nContent-Type: multipart/mixed; boundary=b\n\n"),
    };
    const auto start = std::chrono::steady_clock::now();
    for (const auto& message : messages)
        CHECK_FALSE(parse(message).parts.empty());
    // Generous, for sanitizers on a busy machine; anything quadratic takes hours.
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{60});
}
