// SPDX-License-Identifier: Apache-2.0
#include "filters/content/file_reader.hpp"

#include "tests/unit/filters/content/attachment.hpp"

#include <catch2/catch.hpp>
#include <zlib.h>

#include <algorithm>

using namespace filters::content;
using namespace test;

namespace {
std::string tnef_attribute(std::uint32_t id, const std::string& data)
{
    std::string out{"\x02"};
    append(out, 4, id);
    append(out, 4, data.size());
    return out + data + std::string(2, '\0');
}

std::string tnef(const std::string& attributes)
{
    return "\x78\x9F\x3E\x22" + std::string(2, '\x01') + attributes;
}

const std::string found = "2/evil.exe=Windows program ";
const std::string message = "From: a@example.com\r\nMIME-Version: 1.0\r\n"
                            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
                            "see http://a.example/\r\n--b\r\nContent-Type: a/b; name=evil.exe\r\n"
                            "Content-Transfer-Encoding: base64\r\n\r\nTVoAAAAA\r\n--b--\r\n";
}

TEST_CASE("a zip is opened as one whatever the names in it say")
{
    const auto zip = stored_zip({{"[Content_Types].xml", ""}, {"evil.exe", program}});
    CHECK(files(read("invoice.zip", zip)).contains(found));
    CHECK(files(read("", zip)).contains(found));
    const auto open_document = stored_zip(
        {{"mimetype", "application/vnd.oasis.opendocument.text"}, {"evil.exe", program}});
    CHECK(files(read("invoice.zip", open_document)).contains(found));
    const auto inside = files(read("a.zip", stored_zip({{"b.zip", zip}})));
    CHECK(inside.contains("2/b.zip/evil.exe=Windows program"));
    CHECK(files(read("letter.docx", zip)).contains(found));
}

TEST_CASE("an archive is found behind octets that are something else")
{
    const auto zip = stored_zip({{"evil.exe", program}});
    for (const std::string before :
         {"some words\n", "GIF89a\x01\x01", "%PDF-1.4\n", "\x01\x02\x03"}) {
        INFO(before);
        CHECK(files(read("invoice.zip", before + zip)).contains(found));
    }
    CHECK(files(read("invoice", "\x01\x02\x03" + zip)).contains(found));
    CHECK(read("notes.zip", "some words\n").oddities.empty());
    CHECK(read("notes.zip", "\x01\x02\x03").oddities.size() == 1);
    std::string tar(512, '\0');
    tar.replace(0, 8, "evil.exe");
    tar.replace(100, 7, "0000644");
    tar.replace(124, 11, "00000000146"); // the program's 102 octets
    std::string sum(8, ' ');
    tar.replace(148, 8, sum);
    unsigned total = 0;
    for (const char c : tar)
        total += static_cast<unsigned char>(c);
    char octal[8];
    std::snprintf(octal, sizeof octal, "%06o", total);
    tar.replace(148, 7, std::string(octal, 7));
    tar += program + std::string(512 - program.size() + 1024, '\0');
    CHECK(files(read("invoice.tar", tar)).contains(found));
}

TEST_CASE("the parts of a message that is a file are files, and its links are links")
{
    const auto content = read("fw.eml", message);
    CHECK(files(content) == "2=mail message 2/1=text 2/evil.exe=Windows program ");
    REQUIRE(content.links.size() == 1);
    CHECK(content.links[0].url.host == "a.example");
    CHECK(files(read("fw.zip", stored_zip({{"fw.eml", message}})))
              .contains("2/fw.eml/evil.exe=Windows program"));
    const auto archive = "From: x\r\n" + message;
    auto web = archive;
    web.replace(web.find("mixed"), 5, "related");
    CHECK(files(read("page.mht", web)).starts_with("2=web archive 2/1=text 2/evil.exe="));
    // A text that begins like a message is a text.
    const Limits limits;
    filters::Content shown;
    LinkCollector links{limits};
    FileReader reader{limits, shown, links};
    File text;
    text.declared = "text/plain";
    reader.add(text, message);
    CHECK(shown.files.size() == 1);
}

TEST_CASE("messages in messages have an end")
{
    std::string deep = message;
    for (int i = 0; i < 10; ++i)
        deep = "From: a@example.com\r\nContent-Type: application/octet-stream\r\n\r\n" + deep;
    CHECK(read("fw.eml", deep).is_unscannable());
}

TEST_CASE("what Outlook packs into winmail.dat is there")
{
    const auto attached = tnef_attribute(0x69002, std::string(14, '\0'))
        + tnef_attribute(0x18010, std::string{"evil.exe"} + '\0')
        + tnef_attribute(0x6800F, program);
    CHECK(files(read("winmail.dat", tnef(attached))) == "2=TNEF (winmail.dat) " + found);
    // A name in UTF-16 is longer than the one before it, and counts.
    std::string name, properties;
    for (const char c : std::string{"evil.exe"})
        (name += c) += '\0';
    append(properties, 4, 1);
    append(properties, 4, 0x3707001F);
    append(properties, 4, 1);
    append(properties, 4, name.size());
    properties += name;
    const auto renamed = tnef_attribute(0x69002, std::string(14, '\0'))
        + tnef_attribute(0x18010, "EVIL~1.TXT") + tnef_attribute(0x6800F, program)
        + tnef_attribute(0x69005, properties);
    CHECK(files(read("x", tnef(renamed))).contains(found));
    const auto inside = tnef_attribute(0x6800F, stored_zip({{"evil.exe", program}}));
    CHECK(files(read("x", tnef(inside))).contains("evil.exe=Windows program"));
    CHECK(read("x", tnef(attached).substr(0, 60)).oddities.size() == 1);
}

TEST_CASE("the texts in winmail.dat are read for links")
{
    std::string properties;
    const std::string page = "<html><a href=\"http://a.example/\">x</a></html>";
    append(properties, 4, 1);
    append(properties, 4, 0x10130102);
    append(properties, 4, 1);
    append(properties, 4, page.size());
    properties += page;
    REQUIRE(read("x", tnef(tnef_attribute(0x69003, properties))).links.size() == 1);
    // The example of MS-OXRTFCP §4.1.1.
    const std::string packed{
        "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63"
        "\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64"
        "\x7d\x0a\x80\x0f\xa0",
        49};
    properties.clear();
    append(properties, 4, 1);
    append(properties, 4, 0x10090102);
    append(properties, 4, 1);
    append(properties, 4, packed.size());
    properties += packed;
    const auto content = read("x", tnef(tnef_attribute(0x69003, properties)));
    REQUIRE(content.files.size() == 2);
    CHECK(content.files[1].type.kind == Kind::rtf);
    CHECK(content.files[1].size == 43);
}

TEST_CASE("files in an office document are found wherever they are and whatever they are called")
{
    const auto in = [](const std::string& path, const std::string& bytes) {
        return read("a.docx", stored_zip({{"[Content_Types].xml", "<Types/>"}, {path, bytes}}));
    };
    for (const std::string path : {"word/embeddings/a.bin", "word/media/a.bin", "embeddings/a.bin",
                                   "word/embeddings/a.xml", "Word/Embeddings/a.bin", "a"}) {
        INFO(path);
        CHECK(files(in(path, program)).contains("2/" + path + "=Windows program"));
    }
    CHECK(files(in("word/document.xml", "<w:document><title/></w:document>"))
          == "2=Office document ");
    CHECK(files(in("word/media/a.png", "\x89PNG\r\n\x1A\n")) == "2=Office document ");
}

TEST_CASE("a file is read as what its name makes programs take it for")
{
    const std::string page = "<form><a href=\"http://a.example/\">x</a><script>x</script></form>";
    for (const std::string before : {"", "hello ", "ID3", "GIF89a", "\x1F\x8B"}) {
        INFO(before);
        const auto content = read("a.html", before + page);
        CHECK(content.links.size() == 1);
        CHECK(content.files[0].has_script);
        CHECK(read("a.zip", stored_zip({{"a.html", before + page}})).links.size() == 1);
        CHECK(read("", before + page, "text/html").links.size() == 1);
    }
    CHECK(read("a.bin", "hello " + page).links.empty());
    const std::string pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(x)>>>>"
                            "endobj\ntrailer<</Root 1 0 R>>\n";
    for (const std::string before : {"", "ID3", "GIF89a"}) {
        INFO(before);
        CHECK(read("a.pdf", before + pdf).files[0].has_script);
    }
    CHECK(read("a.rtf", "ID3{\\rtf1{\\object\\objupdate}}").files[0].has_script);
    CHECK(read("a.odt", "ID3" + stored_zip({{"Basic/x.xml", "<x/>"}})).files[0].has_macros);
}

TEST_CASE("what is called an archive and is one that nobody can open is unscannable")
{
    CHECK(read("a.alz", "ALZ\x01" + program).is_unscannable());
    CHECK(read("a.arj", "\x60\xEA" + program).is_unscannable());
    CHECK_FALSE(read("a.bin", "\x60\xEA" + program).is_unscannable());
    CHECK(read("a.rar", "GIF89a" + program).is_unscannable());
    CHECK_FALSE(read("a.rar", "just a text").is_unscannable());
}

TEST_CASE("a Java class is no archive")
{
    const auto content = read("A.class", "\xCA\xFE\xBA\xBE" + std::string(3, '\0') + "4" + program);
    CHECK(content.files.size() == 1);
    CHECK(content.oddities.empty());
}

TEST_CASE("a message that is signed as a whole is opened, a signature alone is not")
{
    const auto value = [](unsigned tag, const std::string& contents) {
        return static_cast<char>(tag) + std::string{"\x82"}
        + static_cast<char>(contents.size() / 256) + static_cast<char>(contents.size() % 256)
            + contents;
    };
    const auto open = [](unsigned tag, const std::string& contents) {
        return static_cast<char>(tag) + std::string{"\x80"} + contents + std::string(2, '\0');
    };
    const auto file = [&](const auto& holder, const std::string& content) {
        const std::string of_data = value(6, "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01");
        return holder(0x30,
                      "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"
                          + holder(0xA0,
                                   holder(0x30,
                                          value(2, "\x01") + holder(0x31, value(5, ""))
                                              + holder(0x30, of_data + content)
                                              + holder(0xA0, "certificates"))));
    };
    const auto inner = message.substr(message.find("MIME-Version"));
    for (const auto& signed_one :
         {file(value, value(0xA0, value(4, inner))),
          file(open,
               open(0xA0,
                    open(0x24, value(4, inner.substr(0, 30)) + value(4, inner.substr(30)))))}) {
        const auto content = read("smime.p7m", signed_one, "application/pkcs7-mime");
        CHECK(files(content).contains(found));
        CHECK(content.links.size() == 1);
    }
    const auto odd = "X-A: b\r\n" + inner;
    const auto sealed = file(value, value(0xA0, value(4, odd)));
    CHECK(files(read("smime.p7m", sealed, "application/pkcs7-mime")).contains(found));
    // As a tar looks, by a field of the message.
    const auto before = 257 - sealed.find("X-A: b") - std::string_view{"X-A: "}.size();
    const auto tar = file(
        value, value(0xA0, value(4, "X-A: " + std::string(before, 'b') + "ustar\r\n" + inner)));
    REQUIRE(tar.find("ustar") == 257);
    CHECK(files(read("smime.p7m", tar, "application/pkcs7-mime")).contains(found));
    const std::string enveloped{"\x30\x0B\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03"};
    CHECK(read("smime.p7m", enveloped).files[0].is_encrypted);
    CHECK_FALSE(read("smime.p7m", sealed).files[0].is_encrypted);
    CHECK(files(read("evil.exe.p7m", file(value, value(0xA0, value(4, program)))))
              .contains("Windows program"));
    CHECK(read("smime.p7s", file(value, "")).files.size() == 1);
    CHECK(read("smime.p7s", file(value, "")).oddities.empty());
    CHECK(read("smime.p7m", file(value, ""), "application/pkcs7-mime").oddities.empty());
    const auto long_length = [](unsigned tag, const std::string& contents) {
        return static_cast<char>(tag) + std::string{"\x88\0\0\0\0\0\0", 7}
        + static_cast<char>(contents.size() / 256) + static_cast<char>(contents.size() % 256)
            + contents;
    };
    CHECK(files(read("smime.p7m", file(long_length, long_length(0xA0, long_length(4, inner))),
                     "application/pkcs7-mime"))
              .contains(found));
    const auto whole = file(open, open(0xA0, value(4, inner)));
    for (std::size_t size = 0; size < 80; ++size)
        CHECK_FALSE(files(read("x", whole.substr(0, size))).contains("evil.exe"));
}

TEST_CASE("a compressed file is called what the compression's name leaves")
{
    const std::string packed{"\x1F\x8B\x08\0\0\0\0\0\0\xFF\x01\x03\0\xFC\xFF"
                             "x=1",
                             18};
    uLong sum = ::crc32(0, reinterpret_cast<const Bytef*>("x=1"), 3);
    std::string gz = packed;
    append(gz, 4, sum);
    append(gz, 4, 3);
    const auto content = read("a.js.gz", gz);
    REQUIRE(content.files.size() == 2);
    CHECK(content.files[1].filename == "a.js");
    CHECK(content.files[1].type.kind == Kind::script);
}

TEST_CASE("a file that is named a message is one, whatever field comes first")
{
    for (const std::string field : {"Subject: x", "X-Foo: x", "Date: x"}) {
        INFO(field);
        CHECK(files(read("a.eml", field + "\r\n" + message)).contains("evil.exe=Windows program"));
        CHECK(files(read("a.mht", field + "\r\n" + message)).contains("evil.exe=Windows program"));
    }
    CHECK(files(read("a.txt", "Subject: x\r\n" + message)) == "2=text ");
    CHECK(files(read("a.eml", "no field here: x")).contains("2/1=text "));
    for (const std::string field : {"X-A: \x01", "X-A : x", "GIF89a: x", "ID3: x", "BEGIN: x",
                                    "PK\x03\x04: x", "From - Mon Sep 17 00:00:00 2001"}) {
        INFO(field);
        CHECK(files(read("a.eml", field + "\r\n" + message)).contains("evil.exe=Windows program"));
    }
    CHECK(files(read("a.eml", std::string(90, 'X') + ": x\r\n" + message)).contains("evil.exe="));
}

TEST_CASE("what should be a signed message and is none that can be read is said to be")
{
    const std::string text = "-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n";
    CHECK(read("smime.p7m", text, "application/pkcs7-mime").is_unscannable());
    CHECK(read("a.p7m", text).is_unscannable());
    CHECK_FALSE(read("a.txt", text).is_unscannable());
}

TEST_CASE("texts are read for links whatever they are declared to be")
{
    for (const auto& [name, declared] : {std::pair{"a.txt", "application/octet-stream"},
                                         {"a.csv", "application/vnd.ms-excel"},
                                         {"a.ics", "application/ics"}}) {
        INFO(name);
        const std::string begin = name[2] == 'i' ? "BEGIN:VCALENDAR\r\n" : "";
        CHECK(read(name, begin + "see http://a.example/", declared).links.size() == 1);
    }
}

TEST_CASE("texts in archives are read for links")
{
    CHECK(read("a.zip", stored_zip({{"a.txt", "see http://a.example/"}})).links.size() == 1);
}
