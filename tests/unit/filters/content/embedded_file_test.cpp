// SPDX-License-Identifier: Apache-2.0
#include "filters/content/embedded_file.hpp"

#include "filters/content/compound_file.hpp"
#include "tests/unit/filters/content/attachment.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace filters::content;
using namespace test;

namespace {

std::string wide(std::string_view text)
{
    std::string out;
    for (const char c : text)
        (out += c) += '\0';
    return out;
}

/// As the program "Package" stores a file, behind the length.
std::string package(const std::string& name, const std::string& bytes)
{
    std::string out;
    append(out, 2, 2);
    out += name + '\0' + "C:\\" + name + '\0';
    append(out, 4, 3);
    append(out, 4, 2);
    out += std::string("C\0", 2);
    append(out, 4, bytes.size());
    return out + bytes;
}

std::string native(const std::string& name, const std::string& bytes)
{
    const auto inside = package(name, bytes);
    std::string out;
    append(out, 4, inside.size());
    return out + inside;
}

/// A storage (no octets) or a stream, within the storage of that number; the root is 0.
struct Member {
    std::string name;
    std::uint32_t storage;
    std::optional<std::string> bytes;
};

constexpr std::uint32_t nothing = 0xFFFFFFFF, end_of_chain = 0xFFFFFFFE;

/// An OLE file: the table in its first sectors, then the directory (`unused` entries behind the
/// root's), then the streams.
std::string compound(const std::vector<Member>& members, std::size_t unused = 0)
{
    constexpr std::size_t sector = 512, entries_each = 4, numbers_each = 128;
    const std::size_t directories = (members.size() + unused) / entries_each + 1;
    std::size_t sectors = directories;
    for (const auto& member : members)
        sectors += member.bytes ? member.bytes->size() / sector + 1 : 0;
    const auto tables = static_cast<std::uint32_t>(sectors / (numbers_each - 1) + 1);
    std::vector<std::uint32_t> table(tables, 0xFFFFFFFD);
    const auto chain = [&](std::size_t sectors) {
        const auto start = static_cast<std::uint32_t>(table.size());
        for (std::size_t i = 1; i < sectors; ++i)
            table.push_back(static_cast<std::uint32_t>(table.size() + 1));
        table.push_back(end_of_chain);
        return start;
    };
    chain(directories);
    std::string streams, directory;
    const auto child_of = [&](std::size_t storage, std::size_t behind) {
        for (std::size_t i = behind; i < members.size(); ++i)
            if (members[i].storage == storage)
                return static_cast<std::uint32_t>(i + unused + 1);
        return nothing;
    };
    for (std::size_t i = 0; i <= members.size(); ++i) {
        const auto name = wide(i == 0 ? "Root Entry" : members[i - 1].name);
        const bool is_stream = i > 0 && members[i - 1].bytes.has_value();
        const std::string bytes = is_stream ? *members[i - 1].bytes : "";
        std::string entry = name + std::string(64 - name.size(), '\0');
        append(entry, 2, name.size() + 2);
        append(entry, 2, i == 0 ? 5 : is_stream ? 2 : 1);
        append(entry, 4, nothing);
        append(entry, 4, i == 0 ? nothing : child_of(members[i - 1].storage, i));
        append(entry, 4, is_stream ? nothing : child_of(i, 0));
        entry += std::string(36, '\0');
        append(entry, 4, is_stream ? chain(bytes.size() / sector + 1) : end_of_chain);
        append(entry, 8, bytes.size());
        directory += entry + std::string(i == 0 ? unused * entry.size() : 0, '\0');
        if (is_stream)
            streams += bytes + std::string(sector - bytes.size() % sector, '\0');
    }
    directory.resize(directories * sector);
    std::string out = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(22, '\0');
    append(out, 2, 9);
    out += std::string(12, '\0');
    append(out, 4, tables);
    append(out, 4, tables); // the directory's first sector
    append(out, 8, 0); // no stream is small
    for (const std::uint32_t number : {end_of_chain, 0U, end_of_chain, 0U})
        append(out, 4, number);
    for (std::uint32_t i = 0; i < tables; ++i)
        append(out, 4, i);
    while (out.size() < sector)
        append(out, 4, nothing);
    std::string numbers;
    for (const auto number : table)
        append(numbers, 4, number);
    numbers.resize(tables * sector, '\xFF');
    return out + numbers + directory + streams;
}

std::string hexadecimal(std::string_view octets)
{
    std::string out;
    for (const char c : octets)
        for (const unsigned shift : {4U, 0U})
            out += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15U];
    return out;
}

std::string object(const std::string& kind, std::uint32_t format, const std::string& bytes)
{
    std::string out;
    append(out, 4, 0x501);
    append(out, 4, format);
    append(out, 4, kind.size() + 1);
    out += kind + '\0';
    append(out, 8, 0);
    append(out, 4, bytes.size());
    return out + bytes;
}
const std::string found = "/evil.exe=Windows program";
}

TEST_CASE("what Outlook attaches to a message that is a file is looked at, with its name")
{
    const std::string attachment = "__attach_version1.0_#0000000";
    const auto message = compound({
        {attachment + "0", 0, {}},
        {"__substg1.0_37010102", 1, program},
        {"__substg1.0_3707001F", 1, wide("evil.exe")},
        {attachment + "1", 0, {}},
        {"__substg1.0_37010102", 4, "some text"},
        {"__substg1.0_3704001E", 4, "note.txt"},
    });
    const auto content = read("mail.msg", message);
    CHECK(files(content).contains("2" + found));
    CHECK(files(content).contains("2/note.txt="));
    CHECK(content.files.front().has_embedded_files);
}

TEST_CASE("the texts of an Outlook message that is a file are read for links")
{
    const std::string page = "<html><a href=\"http://a.example/\">x</a></html>";
    CHECK(read("mail.msg", compound({{"__substg1.0_10130102", 0, page}})).links.size() == 1);
    std::string rtf; // stored: sizes, kind, check sum
    const std::string text = "{\\rtf1 HYPERLINK \"http://b.example/\"}";
    append(rtf, 4, text.size() + 12);
    append(rtf, 4, text.size());
    rtf += "MELA" + std::string(4, '\0') + text;
    CHECK(read("mail.msg", compound({{"__substg1.0_10090102", 0, rtf}})).links.size() == 1);
}

TEST_CASE("files that documents carry are opened like members of archives")
{
    const auto carrier = compound({{"\x01Ole10Native", 0, native("evil.exe", program)}});
    CHECK(files(read("a.doc", carrier)).contains("2" + found));
    CHECK(files(read("a.doc", compound({{"Package", 0, program}}))).contains("2/Package=Windows"));
    const auto inside = compound({{"\x01Ole10Native", 0, native("b.doc", carrier)}});
    CHECK(files(read("a.doc", inside)).contains("2/b.doc" + found));
    const auto rtf = "{\\rtf1{\\object\\objemb{\\*\\objdata "
        + hexadecimal(object("Package", 2, package("evil.exe", program))) + "}}}";
    CHECK(files(read("a.rtf", rtf)).contains("2" + found));
    const auto linked = "{\\rtf1{\\object{\\*\\objdata "
        + hexadecimal(object("Package", 1, package("evil.exe", program))) + "}}}";
    CHECK(files(read("a.rtf", linked)) == "2=RTF document ");
}

TEST_CASE("files in a PDF are taken out and looked at")
{
    const std::string pdf
        = "%PDF-1.4\n1 0 obj<</Type/Catalog/Names<</EmbeddedFiles<</Names[(x)2 0 R]>>>>>>endobj\n"
          "2 0 obj<</Type/Filespec/F(evil.exe)/EF<</F 3 0 R>>>>endobj\n"
          "3 0 obj<</Type/EmbeddedFile/Length 102>>stream\n"
        + program + "\nendstream endobj\ntrailer<</Root 1 0 R>>\n";
    const auto content = read("a.pdf", pdf);
    CHECK(files(content).contains("2" + found));
    CHECK(std::ranges::all_of(content.oddities, [](const Oddity& oddity) {
        return oddity.detail.find("damaged") == std::string::npos;
    }));
}

TEST_CASE("documents in documents have an end, and many that are one are read once")
{
    auto carrier = compound({{"\x01Ole10Native", 0, native("evil.exe", program)}});
    for (int i = 0; i < 6; ++i)
        carrier = compound({{"\x01Ole10Native", 0, native("inner.doc", carrier)}});
    const auto deep = read("a.doc", carrier);
    CHECK_FALSE(files(deep).contains("evil.exe"));
    CHECK(std::ranges::any_of(deep.oddities, &Oddity::is_unscannable));
    std::vector<Member> many(3000, {"Package", 0, "x"});
    const auto crowd = read("a.doc", compound(many));
    CHECK(crowd.files.size() <= 2001);
    CHECK(std::ranges::any_of(crowd.oddities, &Oddity::is_unscannable));
}

TEST_CASE("codes in the pictures of a document are links, and its pictures no files")
{
    std::ifstream in{SOURCE_DIR "/tests/fuzz/corpus/content_picture/qr.png", std::ios::binary};
    const std::string picture{std::istreambuf_iterator<char>{in}, {}};
    const auto alone = read("qr.png", picture);
    REQUIRE(alone.links.size() == 1);
    for (const auto* path : {"word/media/image1.png", "Pictures/1.png", "word/media/image1.emf"}) {
        const auto content
            = read("a.docx", stored_zip({{"[Content_Types].xml", "<Types/>"}, {path, picture}}));
        REQUIRE(content.links.size() == 1);
        CHECK(content.links[0].url.host == alone.links[0].url.host);
        CHECK(content.files.size() == 1);
        CHECK(content.oddities.empty());
    }
    Entries many{{"[Content_Types].xml", "<Types/>"}};
    for (int i = 0; i < 100; ++i)
        many.emplace_back("word/media/" + std::to_string(i) + ".png", picture);
    CHECK(read("a.docx", stored_zip(many)).oddities.empty());
}

TEST_CASE("links in fields of Word and formulas of Excel are links")
{
    const auto hosts = [](const std::string& path, const std::string& xml) {
        std::string all;
        const auto content
            = read("a.docx", stored_zip({{"[Content_Types].xml", "<Types/>"}, {path, xml}}));
        for (const auto& link : content.links)
            all += link.url.host + " ";
        return all;
    };
    const std::string word = "word/document.xml";
    CHECK(hosts(word, "<w:instrText> HYPERLINK &quot;http://a.example/&quot; </w:instrText>")
          == "a.example ");
    CHECK(hosts(word,
                "<w:r><w:instrText>HYPER</w:instrText></w:r><w:r><w:instrText>LINK \"http://a.exa"
                "</w:instrText></w:r><w:t>no</w:t><w:instrText>mple/\"</w:instrText>"
                "<w:t>HYPERLINK</w:t>")
          == "a.example ");
    CHECK(hosts(word, "<w:fldSimple w:instr=' HYPERLINK \"http://a.example/\" \\h '/>")
          == "a.example ");
    CHECK(hosts("xl/worksheets/sheet1.xml",
                "<c><f>HYPERLINK(\"http://a.example/\",\"b\")</f><v>b</v></c>"
                "<c><f>HYPERLINK(\"http://b.example/\")</f></c>")
          == "a.example b.example ");
    CHECK(hosts(word, "<w:instrText> HYPERLINK \\l &quot;there&quot; </w:instrText>").empty());
    CHECK(hosts(word, "<w:t>HYPERLINK \"http://a.example/\"</w:t>").empty());
}

TEST_CASE("what is cut off in a package is a file without its end, or without a name")
{
    const auto whole = native("a.txt", "octets");
    CHECK(unpack_package(whole).name == "a.txt");
    CHECK(unpack_package(whole).bytes == "octets");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto part = unpack_package(std::string_view{whole}.substr(0, size));
        CHECK((part.name.empty() || std::string_view{"octets"}.starts_with(part.bytes)));
    }
    CHECK_FALSE(unpack_object("{}"));
    CHECK_FALSE(unpack_object(std::string(100, '\xFF')));
    CHECK(unpack_object(object("Word.Document", 2, "octets"))->bytes == "octets");
}

TEST_CASE("many files in an honest document are no reason to hold it")
{
    const std::vector<Member> many(150, {"Package", 0, "x"});
    const auto content = read("a.doc", compound(many));
    CHECK(content.files.size() == 151);
    CHECK(content.oddities.empty());
}

TEST_CASE("what is not read of an OLE file is said")
{
    const Member hidden{"\x01Ole10Native", 0, native("evil.exe", program)};
    CHECK(files(read("a.doc", compound({hidden}, 4200))).contains("2" + found));
    CHECK(read("a.doc", compound({hidden}, CompoundFile::entry_limit)).is_unscannable());
    // A stream whose sectors run in a circle and that is said to be long leaves nothing to others.
    auto circle = compound({{"CONTENTS", 0, std::string(100, 'x')},
                            {"CONTENTS", 0, std::string(100, 'x')},
                            {"CONTENTS", 0, std::string(100, 'x')},
                            hidden});
    constexpr std::size_t table = 512, directory = 1024, entry = 128, size = 120;
    for (std::size_t i = 1; i <= 3; ++i)
        circle.replace(directory + i * entry + size, 4, std::string(3, '\xFF') + '\x7F');
    for (std::size_t sector = 3; sector <= 5; ++sector)
        circle.replace(table + sector * 4, 4, std::string{static_cast<char>(sector), 0, 0, 0});
    const auto content = read("a.doc", circle);
    CHECK((content.is_unscannable() || files(content).contains(found)));
}

TEST_CASE("objects in RTF are taken out whatever their header says")
{
    const auto storage = compound({{"\x01Ole10Native", 0, native("evil.exe", program)}});
    const auto rtf = [](const std::string& object) {
        return "{\\rtf1{\\object{\\*\\objdata " + hexadecimal(object) + "}}}";
    };
    CHECK(files(read("a.rtf", rtf(object("package", 2, package("evil.exe", program)))))
              .contains("2" + found));
    CHECK(files(read("a.rtf", rtf(object("Package", 2, storage)))).contains(found));
    auto broken = object("Package", 2, storage);
    broken.replace(20, 4, std::string(3, '\xFF') + '\x7F'); // the length of a name
    CHECK(files(read("a.rtf", rtf(broken))).contains("2" + found));
}

TEST_CASE("an OLE file in an office document is one whatever it is called")
{
    const auto object
        = compound({{"Root Entry", 0, {}}, {"\1Ole10Native", 0, native("evil.exe", program)}});
    for (const std::string path : {"word/embeddings/a.bin", "word/embeddings/a.rels", "a.xml"}) {
        INFO(path);
        const auto zip = stored_zip({{"[Content_Types].xml", "<Types/>"}, {path, object}});
        CHECK(files(read("a.docx", zip)).contains("Windows program"));
    }
}
