// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"

#include "filters/content/sha256.hpp"
#include "gateway/mail/utf8.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace filters::content;

namespace {
filters::Content read(std::string_view text, const Limits& limits = {})
{
    return analyse(mail::Message::from_text(text), limits);
}
bool has(const filters::Content& content, std::string_view name, std::string_view detail = "")
{
    return std::ranges::any_of(content.oddities, [&](const Oddity& oddity) {
        return oddity.name == name && oddity.detail.contains(detail);
    });
}
constexpr std::string_view newsletter
    = "From: =?utf-8?B?5bGx55Sw?= <yamada@example.jp>\r\n"
      "Subject: =?iso-2022-jp?B?GyRCJDMkcxsoQg==?=\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
      "--c\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1B$B$3$s\x1B(B "
      "http://a.example/x\r\n"
      "--c\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\n"
      "<p>Hello <a href=3D\"http://b.example/\">there</a><span "
      "style=3D\"display:none\">secret</span></p>\r\n"
      "--c--\r\n"
      "--b\r\nContent-Type: application/octet-stream; name=\"cat.bin\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nQ2F0\r\n"
      "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; "
      "filename=notes.txt\r\n\r\nsee www.example.org\r\n--b--\r\n";
}

TEST_CASE("a message becomes its texts, files and links")
{
    const auto content = read(newsletter);
    CHECK(content.subject == "こん");
    CHECK(content.from_name == "山田");
    REQUIRE(content.bodies.size() == 2);
    CHECK(content.bodies[0].path == "1.1");
    CHECK(content.bodies[0].charset == "iso-2022-jp");
    CHECK(content.bodies[0].visible == "こん http://a.example/x");
    CHECK(content.bodies[1].type == "text/html");
    CHECK(content.bodies[1].visible.starts_with("Hello there"));
    CHECK(content.bodies[1].hidden == "secret");
    CHECK(content.bodies[1].raw.starts_with("<p>Hello <a href=\"http"));
    REQUIRE(content.files.size() == 4);
    CHECK_FALSE(content.files[0].is_attachment);
    const auto& cat = content.files[2];
    CHECK(cat.path == "2");
    CHECK(cat.filename == "cat.bin");
    CHECK(cat.is_attachment);
    CHECK(cat.size == 3);
    CHECK(to_hex(cat.sha256) == "48735c4fae42d1501164976afec76730b9e5fe467f680bdd8daff4bb77674045");
    CHECK(content.files[3].is_attachment);
    std::vector<std::string> urls;
    for (const auto& link : content.links)
        urls.push_back(link.url.to_string());
    CHECK(urls
          == std::vector<std::string>{"http://a.example/x", "http://b.example/",
                                      "http://www.example.org/"});
    CHECK(content.oddities.empty());
    CHECK_FALSE(content.is_unscannable());
    CHECK(content.raw_body.starts_with("--b\r\n"));
}

TEST_CASE("a preview is text for people: the text, then the attachments")
{
    const auto content = read(newsletter);
    CHECK(content.preview.starts_with("こん http://a.example/x\n["));
    CHECK(content.preview.contains("[cat.bin, "));
    CHECK(content.preview.contains(", 3 B]"));
    CHECK_FALSE(content.preview.contains("Hello"));
    const auto hostile = read("\r\na\x1B[31m\x08\xE2\x80\xAE\xC2\x9B"
                              "b\r\nc");
    CHECK(hostile.preview == "a[31mb\nc");
    std::string large = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    for (int i = 0; i < 10'000; ++i)
        large += "\xE3\x81\x82";
    const auto cut = read(large).preview;
    CHECK(cut.size() <= 16 * 1024);
    CHECK(cut.size() > 14'000);
    CHECK(mail::is_utf8(cut));
}

TEST_CASE("a page says its charset itself where the part does not")
{
    const auto content
        = read("Content-Type: text/html\r\n\r\n<meta content=\"text/html; charset=Shift_JIS\">"
               "\x82\xA0");
    CHECK(content.bodies.at(0).visible == "あ");
    CHECK(content.bodies.at(0).charset == "shift_jis");
}

TEST_CASE("every reading of a part has its own file")
{
    const auto content = read("Content-Type: application/pdf\r\n"
                              "Content-Transfer-Encoding: base64\r\n\r\nQ2F0Q2F0QQ==Q2F0");
    CHECK(content.files.size() == 3);
    CHECK_FALSE(content.files[0].is_alternative);
    CHECK(content.files[1].is_alternative);
    CHECK(content.files[1].size == 7);
    CHECK(has(content, "ambiguous_encoding"));
    // A list's line below a text is no trick.
    CHECK(read("Content-Transfer-Encoding: base64\r\n\r\nQ2F0QQ==\r\n-- list").oddities.empty());
}

TEST_CASE("messages in messages are files and read")
{
    const auto content = read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                              "Content-Type: message/rfc822; name=a.eml\r\n\r\nSubject: x\r\n\r\n"
                              "inner text\r\n--b--\r\n");
    REQUIRE(content.files.size() == 2);
    CHECK(content.files[0].filename == "a.eml");
    CHECK(content.files[0].type.kind == Kind::message);
    CHECK(content.files[0].is_attachment);
    CHECK(content.bodies.at(0).visible == "inner text");
}

TEST_CASE("texts and links over their limits are cut, and that is said")
{
    Limits limits;
    limits.text_bytes = 100;
    limits.all_text_bytes = 150;
    limits.links = 3;
    std::string text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < 3; ++i)
        text += "--b\r\n\r\nhttp://a" + std::to_string(i) + ".example/ http://b" + std::to_string(i)
            + ".example/ " + std::string(100, 'x') + "\r\n";
    const auto content = read(text, limits);
    std::size_t size = 0;
    for (const auto& body : content.bodies)
        size += body.raw.size();
    CHECK(size == 150);
    CHECK(content.links.size() == 3);
    CHECK(has(content, "over_limit", "links"));
    CHECK(has(content, "over_limit", "part 1"));
    CHECK_FALSE(content.is_unscannable());
}

TEST_CASE(
    "a page whose end nobody reads is unscannable where it is shown, and noted where it is a file")
{
    Limits limits;
    limits.text_bytes = 100;
    const auto page = "<p>" + std::string(100, 'x') + "<a href='http://evil.example/'>y</a>";
    const auto shown = read("Content-Type: text/html\r\n\r\n" + page, limits);
    CHECK(shown.is_unscannable());
    CHECK(has(shown, "over_limit", "only the first 100"));
    for (const auto* type : {"text/html", "application/octet-stream"}) {
        const auto file = read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"
                               "--b\r\nContent-Type: "
                                   + std::string{type}
                                   + "; name=a.html\r\nContent-Disposition: attachment\r\n\r\n"
                                     "<html>"
                                   + page,
                               limits);
        CHECK_FALSE(file.is_unscannable());
        CHECK(has(file, "over_limit", "only the first 100"));
    }
}

TEST_CASE("what programs show is read, whatever name or disposition it has")
{
    const auto texts = [](const filters::Content& content) {
        std::string all;
        for (const auto& body : content.bodies)
            all += "[" + body.visible + "]";
        return all;
    };
    for (const auto* head : {"Content-Type: text/html; name=a.html",
                             "Content-Type: text/html\r\nContent-Disposition: "
                             "attachment; filename=a.html"}) {
        const auto whole = read(std::string{head} + "\r\n\r\n<p>Goods</p>");
        CHECK(texts(whole) == "[Goods]");
        CHECK_FALSE(whole.files.at(0).is_attachment);
    }
    const std::string mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n"
                              "--b\r\nContent-Type: text/plain; name=a.txt\r\n";
    const auto named = read(mixed + "\r\ntwo\r\n--b--\r\n");
    CHECK(texts(named) == "[one][two]");
    CHECK(named.files.at(1).is_attachment);
    const auto attached = read(mixed + "Content-Disposition: attachment\r\n\r\ntwo\r\n--b--\r\n");
    CHECK(texts(attached) == "[one]");
    CHECK(texts(read("Content-Type: application/xhtml+xml\r\n\r\n<p>Goods</p>")) == "[Goods]");
    CHECK(texts(read("Content-Type: text/x-amp-html\r\n\r\n<p>Goods</p>")) == "[Goods]");
    CHECK(texts(read("Content-Type: text/html\r\n\r\n<p>a</p><!--[if mso]>Goods<![endif]-->"))
          == "[a\nGoods]");
}

TEST_CASE("a picture or page that is attached and runs a script is known")
{
    const auto has_script = [](const std::string& type, const std::string& text) {
        return read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: " + type
                    + "; name=a\r\nContent-Disposition: attachment\r\n\r\n" + text
                    + "\r\n--b--\r\n")
            .files.at(0)
            .has_script;
    };
    for (const std::string type : {"image/svg+xml", "text/xml", "application/octet-stream"}) {
        CHECK(has_script(type, "<svg><script>x()</script></svg>"));
        CHECK(has_script(type, "<svg onload='x()'></svg>"));
        CHECK_FALSE(has_script(type, "<svg><path/></svg>"));
    }
    CHECK(has_script("text/html", "<html><script>x()</script></html>"));
    CHECK(has_script("a/b", "<html><script>x()</script></html>"));
    CHECK(has_script("text/plain", "<html><script>x()</script></html>"));
    CHECK_FALSE(has_script("text/html", "<html><p>x</p></html>"));
}

TEST_CASE("a link that is repeated hides no other")
{
    std::string text = "\r\n";
    for (int i = 0; i < 5000; ++i)
        text += "http://a.example/ ";
    CHECK(read(text + "http://b.example/").links.size() == 2);
    std::string page = "Content-Type: text/html\r\n\r\n";
    for (int i = 0; i < 900; ++i)
        page += "<a href=http://a.example/>x</a>";
    CHECK(read(page + "<a href=http://b.example/>x</a>").links.size() == 2);
}

TEST_CASE("of a message that programs read differently the octets of each reading are kept")
{
    const auto octets = [](const filters::Content& content) {
        std::vector<std::string> all;
        for (const auto& one : content.readings)
            all.emplace_back(one.begin(), one.end());
        return all;
    };
    using Texts = std::vector<std::string>;
    CHECK(octets(read("Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\nQ2F0"))
          == Texts{});
    CHECK(octets(read("Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                      "Q2F0Q2F0QQ==Q2F0"))
              .size()
          == 3);
    const std::string two_types = "Content-Type: text/plain\r\n"
                                  "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                                  "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n";
    const auto found = octets(read(two_types));
    CHECK(std::ranges::count(found, "one") == 1);
    CHECK(std::ranges::count(found, "two") == 1);
    Limits limits;
    limits.reading_bytes = 4;
    CHECK(read(two_types, limits).is_readings_cut);
    CHECK_FALSE(read(two_types).is_readings_cut);
}

TEST_CASE("a stuffed message is read without its dots")
{
    const auto content = analyse(
        mail::Message::from_text("Subject: x\r\n\r\n..dot\r\n", mail::Dots::stuffed), Limits{});
    CHECK(content.bodies.at(0).visible == ".dot\r\n");
}

TEST_CASE("files are told by their content, archives opened, pages in files read for links")
{
    // A stored zip with "a.txt" ("hi\n"), which python3's zipfile wrote.
    const auto content
        = read("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
               "--b\r\nContent-Type: application/octet-stream; name=a.zip\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n"
               "UEsDBBQAAAAAAAAAIQB6em/tAwAAAAMAAAAFAAAAYS50eHRoaQpQSwECFAMUAAAAAAAAACEAenpv\r\n"
               "7QMAAAADAAAABQAAAAAAAAAAAAAAgAEAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAJgAAAAAA\r\n"
               "--b\r\nContent-Type: application/octet-stream; name=page.html\r\n\r\n"
               "<!DOCTYPE html><html><a href=\"http://d.example/login\">x</a></html>\r\n--b--\r\n");
    REQUIRE(content.files.size() == 3);
    CHECK(content.files[0].type.kind == Kind::archive);
    CHECK(content.files[1].path == "1/a.txt");
    CHECK(content.files[1].filename == "a.txt");
    CHECK(content.files[1].depth == 1);
    CHECK(content.files[1].size == 3);
    CHECK(content.files[2].type.kind == Kind::html);
    REQUIRE(content.links.size() == 1);
    CHECK(content.links[0].url.host == "d.example");
    CHECK_FALSE(content.is_unscannable());
}
