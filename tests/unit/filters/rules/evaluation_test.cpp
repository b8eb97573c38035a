// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/rules/evaluation.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace filters::rulebook;

namespace {
double value_of(std::string_view name, std::vector<std::string> arguments, std::string_view text,
                Kind target = Kind::body)
{
    const auto message = mail::Message::from_text(text);
    const auto content = filters::content::analyse(message, {});
    const MessageView view{message, content};
    const auto function = find_evaluation(name);
    REQUIRE(function != nullptr);
    return function({view, Lists{}, target}, arguments);
}

std::string repeated(std::string_view text, int count)
{
    std::string all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

std::string plain(std::string_view body, std::string_view charset = "us-ascii")
{
    return "Subject: x\r\nContent-Type: text/plain; charset=" + std::string{charset} + "\r\n\r\n"
        + std::string{body} + "\r\n";
}

std::string alternative(std::string_view text, std::string_view html,
                        std::string_view kind = "alternative")
{
    return "Subject: x\r\nContent-Type: multipart/" + std::string{kind}
    + "; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + std::string{text}
    + "\r\n--b\r\nContent-Type: text/html\r\n\r\n" + std::string{html} + "\r\n--b--\r\n";
}
}

TEST_CASE("capitals: blanks must part words, digits are small, other scripts do not count")
{
    const auto share = [](const std::string& mail) {
        return value_of("check_for_uppercase", {"50", "75"}, mail);
    };
    const auto half = repeated("A", 60) + repeated("b", 40);
    CHECK(share(plain(repeated(half + " ", 3))) == 1);
    CHECK(share(plain(half + " " + half.substr(0, 50))) == 0);
    CHECK(share(plain(repeated(half, 4))) == 0);
    CHECK(share(plain(repeated("12345 ", 50) + repeated(half + " ", 3))) == 0);
    CHECK(share(plain(repeated(half + " ", 3), "koi8-r")) == 0);
}

TEST_CASE("blanks: the line that has most of them counts")
{
    const auto few = [](std::string_view body) {
        return value_of("tvd_vertical_words", {"0", "10"}, plain(body));
    };
    CHECK(few(repeated("x", 100)) == 1);
    CHECK(few(repeated("x", 100) + " y") == 1);
    CHECK(few("x y z x y z") == 0);
    CHECK(few("x") == 0);
}

TEST_CASE("little text beside much HTML is measured as it was sent, within an alternative")
{
    const auto html = "<p>" + repeated("word ", 200);
    const auto is_mostly = [](const std::string& mail) {
        return value_of("check_mime_multipart_ratio", {"0.00", "0.01"}, mail);
    };
    CHECK(is_mostly(alternative("", html)) == 1);
    CHECK(is_mostly(alternative("x", html)) == 1);
    CHECK(is_mostly(alternative(repeated("x", 12), html)) == 0);
    CHECK(is_mostly(alternative("x", html, "mixed")) == 0);
}

TEST_CASE("alternatives: words are what stands between blanks, a picture is one")
{
    const auto differs = [](std::string_view text, std::string_view html) {
        return value_of("multipart_alternative_difference", {"99", "100"}, alternative(text, html));
    };
    CHECK(differs("one two", "<p>three four") == 1);
    CHECK(differs("one", "<p>one,") == 1);
    CHECK(differs("one two", "<p>two") == 0);
    CHECK(differs("", "<p>two") == 1);
    CHECK(differs("one", "<p>&nbsp; .") == 0);
    CHECK(differs("one", "<p><img src='cid:1'>") == 1);
    CHECK(differs("one two", "<p>one one two two") == 1);
    CHECK(differs("one one two", "<p>one one two two") == 0);
}

TEST_CASE("recipients that begin alike")
{
    const auto alike = [](std::string_view to) {
        return value_of("similar_recipients", {"0.65", "undef"},
                        "To: " + std::string{to} + "\r\n\r\nx\r\n");
    };
    CHECK(alike("joe@a.example, john@a.example, jon@a.example, josh@a.example, job@a.example")
          == 1);
    CHECK(alike("ann@net1.example, bob@net2.example, cy@net3.example, di@net4.example, "
                "eve@net5.example")
          == 1);
    CHECK(alike("ann@net1.example, bob@ab.example, cy@cd.example, di@ef.example, eve@gh.example")
          == 0);
    CHECK(alike("joe@a.example, john@a.example") == 0);
}

TEST_CASE("an id of 28 capitals and the address of a sender with a name")
{
    const auto hits = [](std::string_view from, std::string_view id) {
        return value_of("check_ratware_name_id", {},
                        "From: " + std::string{from} + "\r\nMessage-ID: " + std::string{id}
                            + "\r\n\r\nx\r\n");
    };
    const auto id = "<" + repeated("A", 28) + ".joe@a.example>";
    CHECK(hits("\"Joe\" <joe@a.example>", id) == 1);
    CHECK(hits("Joe <joe@a.example>", id) == 0);
    CHECK(hits("\"Joe\" <jim@a.example>", id) == 0);
    CHECK(hits("\"Joe\" <joe@a.example>", "<AAA.joe@a.example>") == 0);
}

TEST_CASE("no function takes long for a long text")
{
    const auto text = repeated("&#", 240'000);
    const auto start = std::chrono::steady_clock::now();
    CHECK(value_of("check_abundant_unicode_ratio", {"0.02"}, plain(text)) == 0);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{3});
    CHECK(value_of("check_abundant_unicode_ratio", {"0.02"}, plain("&#1234;&#1235;")) == 1);
}

TEST_CASE("charsets of others are far away only where ok_locales says whose are near")
{
    const auto message = mail::Message::from_text(plain("x", "koi8-r"));
    const auto content = filters::content::analyse(message, {});
    const MessageView view{message, content};
    const auto function = find_evaluation("check_for_faraway_charset");
    REQUIRE(function != nullptr);
    struct Row {
        std::vector<std::string> locales;
        bool is_far;
    };
    const auto row = GENERATE(
        values<Row>({{{}, false}, {{"all"}, false}, {{"en", "ru"}, false}, {{"en", "ja"}, true}}));
    Lists lists;
    lists.words["ok_locales"] = row.locales;
    CHECK((function({view, lists}, {}) != 0) == row.is_far);
}

namespace {
std::string html_parts(std::string_view first, std::string_view second)
{
    return "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
           "text/html\r\n\r\n"
        + std::string{first} + "\r\n--b\r\nContent-Type: text/html\r\n\r\n" + std::string{second}
    + "\r\n--b--\r\n";
}

std::string quoted_printable(std::string_view body)
{
    return "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + std::string{body} + "\r\n";
}
}

TEST_CASE("HTML: any part may fit")
{
    const auto two = html_parts("<style></style><img><title>a long title</title>", "<p>z");
    CHECK(value_of("html_tag_exists", {"style"}, two) == 1);
    CHECK(value_of("html_tag_exists", {"p"}, two) == 1);
    CHECK(value_of("html_tag_exists", {"form"}, two) == 0);
    CHECK(value_of("html_tag_balance", {"p", "> 0"}, two) == 1);
    CHECK(value_of("html_image_only", {"0", "100"}, two) == 1);
    CHECK(value_of("html_text_match", {"title", "^a long"}, two) == 1);
    CHECK(value_of("html_title_subject_ratio", {"3"}, two) == 1);
    CHECK(value_of("html_eval", {"length", "< 20"}, two) == 1);
    CHECK(value_of("html_range", {"length", "20", "100"}, two) == 1);
}

TEST_CASE("encodings: quoted without need, lines too long, octets that ASCII has not")
{
    const auto has = [](std::string_view name, const std::string& mail) {
        return value_of("check_for_mime", {std::string{name}}, mail);
    };
    CHECK(has("mime_qp_count", quoted_printable("a=41\r\nb=42")) == 1);
    CHECK(has("mime_qp_count", quoted_printable("a=3Db=E4=20=09\r\nc=20")) == 0);
    CHECK(has("mime_qp_count", quoted_printable("a=20b")) == 1);
    const auto is_long = [&](const std::string& line) {
        return has("mime_qp_long_line", quoted_printable("x\r\n" + line + "\r\nx"));
    };
    CHECK(is_long(std::string(78, 'a')) == 0);
    CHECK(is_long(std::string(79, 'a')) == 1);
    CHECK(is_long(std::string(70, 'a') + std::string(9, ' ')) == 1);
    const auto is_false = [](const std::string& mail) {
        return value_of("check_for_ascii_text_illegal", {}, mail);
    };
    CHECK(is_false(quoted_printable("a=E4b")) == 0);
    CHECK(is_false(quoted_printable("a\xE4 b")) == 1);
    CHECK(is_false(plain("a\xE4 b")) == 1);
    CHECK(is_false(plain("a\xE4 b", "utf-8")) == 0);
}

TEST_CASE("parts: attached messages are attachments, headers end at an empty line")
{
    const auto mail = [](std::string_view header) {
        return "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + std::string{header}
        + "\r\n\r\nSubject: y\r\n\r\nz\r\n--b--\r\n";
    };
    const auto message = mail("Content-Type: message/rfc822\r\nContent-Disposition: attachment");
    CHECK(value_of("check_for_mime", {"mime_attachment"}, message) == 1);
    CHECK(value_of("check_for_mime", {"mime_attachment"}, mail("Content-Type: text/plain")) == 0);
    CHECK(value_of("check_for_mime", {"mime_attachment"},
                   "Subject: x\r\n\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n")
          == 0);
    const auto lacks = [&](std::string_view header) {
        return value_of("check_msg_parse_flags", {"missing_mime_head_body_separator"},
                        mail(header));
    };
    CHECK(lacks("Content-Type: text/plain\r\nno field") == 1);
    CHECK(lacks("Content-Type: text/plain\r\n folded") == 0);
}

TEST_CASE("pictures count by what they are called; text is the subject, too")
{
    // A GIF of 100 by 100.
    const std::string picture = "--b\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: "
                                "base64\r\n\r\nR0lGODlhZABkAIAAAAAAAP///"
                                "yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\r\n";
    const std::string front
        = "Content-Type: multipart/mixed; boundary=b\r\nSubject: nine more\r\n\r\n";
    const auto mail = front + picture
        + "--b\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n--b\r\n"
          "Content-Type: image/gif\r\n\r\n\r\n--b--\r\n";
    CHECK(value_of("image_count", {"gif", "2", "2"}, mail) == 1);
    CHECK(value_of("image_count", {"all", "2", "2"}, mail) == 1);
    CHECK(value_of("image_count", {"png", "1", "9"}, mail) == 0);
    const std::vector<std::string> little{"all", "0.000", "0.015"};
    CHECK(value_of("image_to_text_ratio", little, mail, Kind::body) == 1);
    CHECK(value_of("image_to_text_ratio", little, mail, Kind::rawbody) == 0);
}

TEST_CASE("https in the text, another site behind it; what leads nowhere is no anchor")
{
    const auto is_false = [](std::string_view html, std::vector<std::string> arguments) {
        return value_of("check_https_http_mismatch", arguments,
                        "Content-Type: text/html\r\n\r\n" + std::string{html} + "\r\n");
    };
    const std::string lie = "<a href='https://a.example.org/'>https://b.example.net/</a>";
    CHECK(is_false(lie, {"1", "2"}) == 1);
    CHECK(is_false(lie + "<a href='mailto:a@b.example'>x</a><a name=x>y</a>", {"1", "2"}) == 1);
    CHECK(is_false(lie + "<a href='http://c.example.org/'>x</a>", {"1", "2"}) == 0);
    CHECK(is_false("<a href='http://a.example.org/'>https://www.example.org/</a>", {"1", "9"})
          == 0);
}

TEST_CASE("header fields: illegal characters, capitals, whom it is to")
{
    const auto is_illegal = [](std::string_view subject) {
        return value_of("check_illegal_chars", {"Subject", "0.00", "2"},
                        "Subject: " + std::string{subject} + "\r\n\r\nx\r\n");
    };
    CHECK(is_illegal("a\xE4\xF6 b") == 1);
    CHECK(is_illegal("a\xE4 b") == 0);
    CHECK(is_illegal("a\xE4\xA3 b") == 0);
    CHECK(is_illegal("a\xA3\xA3 b") == 1);
    CHECK(is_illegal("a\x01\x7F b") == 1);
    CHECK(is_illegal("\xC3\xA4\xC3\xB6") == 0);
    CHECK(is_illegal("\xC3\xA4\xC3\xB6\x01") == 1);
    const auto is_loud = [](std::string_view subject) {
        return value_of("subject_is_all_caps", {},
                        "Subject: " + std::string{subject} + "\r\n\r\nx\r\n");
    };
    CHECK(is_loud("HELLO MY FRIEND") == 1);
    CHECK(is_loud("HELLO MY =?us-ascii?Q?FRIEND?=") == 1);
    CHECK(is_loud("HELLO MY =?Shift_JIS?Q?FRIEND?=") == 0);
    CHECK(is_loud("=?A=? HELLO MY FRIEND") == 1);
    CHECK(value_of("check_for_missing_to_header", {}, "Cc: a@b.example\r\n\r\nx\r\n") == 1);
    CHECK(value_of("check_for_missing_to_header", {}, "Apparently-To: a@b.example\r\n\r\nx\r\n")
          == 0);
}

TEST_CASE("hops that cannot be: sites that write what they pass on, names that do not fit")
{
    struct Row {
        std::string_view function, header;
        bool is_hit;
    };
    const auto row = GENERATE(values<Row>({
        {"check_for_forged_yahoo_received_headers",
         "From: a@yahoo.com\r\nReceived: from yahoo.com ([192.0.2.1]) by b.example with SMTP",
         true},
        {"check_for_forged_yahoo_received_headers",
         "From: a@yahoo.com\r\nReceived: from x (h.mail.yahoo.com [192.0.2.1]) by b.example with "
         "SMTP",
         false},
        {"check_for_forged_yahoo_received_headers",
         "From: a@yahoo.com\r\nReceived: from l.example (l.example [192.0.2.1]) by b.example with "
         "SMTP\r\nReceived: from [192.0.2.3] by web7.mail.re1.yahoo.com via HTTP; x",
         false},
        {"check_for_fake_aol_relay_in_rcvd",
         "Received: from x (HELO y) (192.0.2.1) by rly-xw01.mx.aol.example with QMQP; x", true},
        {"check_for_fake_aol_relay_in_rcvd",
         "Received: from x (x [192.0.2.1]) by rly-ip01.mx.aol.example (8.8.8/8.8.8/AOL-5.0.0) with "
         "ESMTP id N1; x",
         false},
        {"check_for_fake_aol_relay_in_rcvd",
         "Received: from early-ab12.example ([192.0.2.1]) by x with SMTP; x", false},
        {"check_for_forged_eudoramail_received_headers",
         "From: a@eudoramail.com\r\nReceived: from x ([192.0.2.1]) by y with SMTP", true},
        {"check_for_forged_eudoramail_received_headers",
         "From: a@eudoramail.com\r\nX-Sender-Ip: 192.0.2.1\r\nReceived: from Unknown/Local "
         "([?.?.?.?]) by shared1-mail.whowhere.com; x",
         false},
        {"check_for_no_hotmail_received_headers", "From: a@hotmail.com", false},
        {"check_for_no_hotmail_received_headers",
         "From: a@hotmail.com\r\nReceived: from x ([192.0.2.1]) by y with SMTP", true},
    }));
    INFO(row.header);
    CHECK((value_of(row.function, {}, std::string{row.header} + "\r\n\r\nx\r\n") != 0)
          == row.is_hit);
}

TEST_CASE("trail: hosts that wrote another name than the next hop saw, twice")
{
    const auto hop = [](std::string_view helo, std::string_view rdns, std::string_view by,
                        std::string_view ip = "192.0.2.1") {
        return "Received: from " + std::string{helo} + " (" + std::string{rdns} + " ["
            + std::string{ip} + "]) by " + std::string{by} + " with ESMTP id 1\r\n";
    };
    const auto is_forged = [](const std::string& header) {
        return value_of("check_for_forged_received_trail", {}, header + "\r\nx\r\n");
    };
    const auto last = hop("a1.example", "a1.example", "us.example");
    // A name that the client said excuses nothing.
    CHECK(is_forged(last + hop("b1.example", "x.b1.example", "c1.example")
                    + hop("d1.example", "d1.example", "e1.example"))
          == 1);
    CHECK(is_forged(hop("c1.example", "x.b1.example", "us.example")
                    + hop("d1.example", "x.e1.example", "c1.example")
                    + hop("f1.example", "f1.example", "d1.example"))
          == 1);
    CHECK(is_forged(last + hop("b1.example", "b1.example", "MX.A1.EXAMPLE")
                    + hop("d1.example", "d1.example", "b1.example"))
          == 0);
    CHECK(is_forged(last + hop("b1", "b1", "c1") + hop("d1", "d1", "e1")) == 0);
}
