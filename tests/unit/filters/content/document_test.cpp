// SPDX-License-Identifier: Apache-2.0
#include "filters/content/document.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>
#include <fstream>
#include <iterator>

using namespace filters::content;

namespace {
std::string sample(const std::string& name)
{
    std::ifstream in{SOURCE_DIR "/tests/fuzz/corpus/content_document/" + name, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

DocumentFacts read(const std::string& name)
{
    const auto bytes = sample(name);
    DocumentBudget budget{Limits{}};
    if (bytes.starts_with("PK"))
        return read_zipped_document(bytes, Limits{}, budget);
    if (bytes.starts_with("%PDF"))
        return read_pdf(bytes, Limits{}, budget);
    return bytes.starts_with("{\\rt") ? read_rtf(bytes, Limits{}) : read_ole(bytes, Limits{});
}

/// "macros auto encrypted template script files" as far as they hold, then links.
std::string in_short(const DocumentFacts& facts)
{
    std::string out;
    const auto add = [&](bool holds, std::string_view word) {
        if (holds)
            out += (out.empty() ? "" : " ") + std::string{word};
    };
    add(facts.has_macros, "macros");
    add(facts.has_auto_macros, "auto");
    add(facts.is_encrypted, "encrypted");
    add(facts.has_external_template, "template");
    add(facts.has_script, "script");
    add(facts.has_embedded_files, "files");
    for (const auto& link : facts.links)
        add(true, link);
    for (const auto& oddity : facts.oddities)
        add(true, oddity.name);
    return out;
}
/// With a table; each object without its "endobj".
std::string pdf_of(const std::vector<std::string>& objects)
{
    std::string out = "%PDF-1.4\n";
    auto table = "xref\n0 " + std::to_string(objects.size() + 1) + "\n0000000000 65535 f \n";
    for (const auto& object : objects) {
        const auto offset = std::to_string(out.size());
        const auto generation = object.substr(object.find(' ') + 1, 1);
        table += std::string(10 - offset.size(), '0') + offset + " 0000" + generation + " n \n";
        out += object + "endobj\n";
    }
    const auto start = std::to_string(out.size());
    return out + table + "trailer<</Root 1 0 R/Size " + std::to_string(objects.size() + 1)
        + ">>\nstartxref\n" + start + "\n%%EOF";
}

/// Object 3 stands in a stream; `filter` is how that is packed.
std::string pdf_with_object_stream(const std::string& filter, const std::string& octets)
{
    std::string out = "%PDF-1.5\n", table;
    const auto entry = [&](unsigned kind, std::size_t where, unsigned last) {
        table += static_cast<char>(kind);
        for (int shift = 24; shift >= 0; shift -= 8)
            table += static_cast<char>(where >> shift & 0xFF);
        table += static_cast<char>(last >> 8 & 0xFF);
        table += static_cast<char>(last & 0xFF);
    };
    entry(0, 0, 0xFFFF);
    entry(1, out.size(), 0);
    out += "1 0 obj<</Type/Catalog>>endobj\n";
    entry(1, out.size(), 0);
    out += "2 0 obj<</Type/ObjStm/N 1/First 4/Length " + std::to_string(octets.size()) + filter
        + ">>stream\n" + octets + "\nendstream endobj\n";
    entry(2, 2, 0);
    entry(1, out.size(), 0);
    const auto start = std::to_string(out.size());
    return out + "4 0 obj<</Type/XRef/Size 5/W[1 4 2]/Root 1 0 R/Length "
        + std::to_string(table.size()) + ">>stream\n" + table + "\nendstream endobj\nstartxref\n"
        + start + "\n%%EOF";
}
}

TEST_CASE("what acts or leads away in a document is found")
{
    const auto [name, expected] = GENERATE(table<std::string, std::string>({
        {"macro.doc", "macros auto http://word.example/x http://macro.example/p"},
        {"quiet.doc", "macros"},
        {"plain.doc", "http://word.example/x"},
        {"encrypted.doc", "encrypted"},
        {"encrypted.docx", "encrypted"},
        {"sheet.xls", "macros auto"},
        {"password.xls", "encrypted"},
        {"equation.doc", "script"},
        {"plain.docx", "https://link.example/a?b=1&c"},
        {"template.docx", "template http://evil.example/t.dotm"},
        {"macro.docm", "macros auto http://macro.example/p"},
        {"sheet.xlsm", "macros auto"},
        {"dde.docx", "template"},
        {"plain.odt", "http://odf.example/"},
        {"macro.ods", "macros auto encrypted"},
        {"plain.rtf", "http://rtf.example/x"},
        {"template.rtf", "template http://evil.example/t.dotm"},
        {"equation.rtf", "script files"},
        {"links.pdf", "https://pdf.example/x"},
        {"streams.pdf", "https://pdf.example/x"},
        {"damaged.pdf", "https://pdf.example/x unreadable"},
        {"actions.pdf", "script files cmd.exe"},
        {"password.pdf", "encrypted"},
        {"owner.pdf", "encrypted https://pdf.example/x"},
    }));
    INFO(name);
    CHECK(in_short(read(name)) == expected);
}

TEST_CASE("damaged documents are unreadable, and no chain of sectors runs for ever")
{
    const Limits limits;
    DocumentBudget budget{limits};
    CHECK(in_short(read_ole("no", limits)) == "unreadable");
    CHECK(in_short(read_pdf("%PDF-1.7 no", limits, budget)) == "unreadable");
    CHECK(in_short(read_zipped_document("PK\x03\x04 no", limits, budget)).contains("unreadable"));
    auto circle = sample("macro.doc");
    for (std::size_t at = 512; at + 4 <= 1024; at += 4)
        circle.replace(at, 4, std::string_view{"\x02\0\0\0", 4});
    read_ole(circle, limits);
}

TEST_CASE("objects of a PDF count whatever their generation is")
{
    const auto pdf = [](const std::string& generation) {
        return pdf_of({"1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction 3 " + generation + " R>>",
                       "2 0 obj<</Type/Pages/Kids[]/Count 0>>",
                       "3 " + generation + " obj<</S/JavaScript/JS(x)>>"});
    };
    DocumentBudget budget{Limits{}};
    CHECK(in_short(read_pdf(pdf("0"), Limits{}, budget)) == "script");
    CHECK(in_short(read_pdf(pdf("1"), Limits{}, budget)) == "script");
}

TEST_CASE("a PDF takes no more time and memory than a budget for all that it makes a reader do")
{
    const auto repeated = [](std::string_view text, std::size_t count) {
        std::string all;
        while (count-- > 0)
            all += text;
        return all;
    };
    const auto many = [](const std::string& object) {
        std::vector<std::string> objects{"1 0 obj<</Type/Catalog>>"};
        while (objects.size() < 5000)
            objects.push_back(std::to_string(objects.size() + 1) + " 0 obj" + object);
        return pdf_of(objects);
    };
    const std::pair<std::string, bool> table[] = {
        {many("<</S/URI/URI(http://a.example/)>>"), false},
        {pdf_of({"1 0 obj<</Type/Catalog>>", "2 0 obj[" + repeated("0 ", 400'000) + "]"}), false},
        // As a list of values a quarter of a kilobyte each.
        {pdf_of({"1 0 obj<</Type/Catalog>>", "2 0 obj[" + repeated("0 ", 1'100'000) + "]"}), true},
        {pdf_of({"1 0 obj<</Type/Catalog>>", "2 0 obj" + repeated("[", 1'100'000)}), false},
        // For each of them somebody looks for the end, from there to the file's.
        {many("<</Length 999999999>>stream\nx"), true},
        {many("[(endobj)" + repeated("0 ", 250) + "]"), true},
    };
    for (const auto& [pdf, is_over] : table) {
        INFO(pdf.substr(0, 200));
        DocumentBudget budget{Limits{}};
        CHECK(in_short(read_pdf(pdf, Limits{}, budget)).contains("over_limit") == is_over);
    }
}

TEST_CASE("a PDF full of the word for streams is read in one pass")
{
    std::string pdf = "%PDF-1.4 ";
    while (pdf.size() < 8U << 20)
        pdf += "#stream";
    DocumentBudget budget{Limits{}};
    const auto begin = std::clock();
    CHECK(in_short(read_pdf(pdf + "\n", Limits{}, budget)).contains("unreadable"));
    CHECK(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC < 4);
}

TEST_CASE("links in documents keep to the limit")
{
    Limits limits;
    limits.links = 1;
    std::string rtf = "{\\rtf1";
    for (int i = 0; i < 9; ++i)
        rtf += " HYPERLINK \"http://a.example/\"";
    CHECK(read_rtf(rtf, limits).links.size() == 1);
}

TEST_CASE("what one document costs is taken from what the others of a message may")
{
    const Limits limits;
    DocumentBudget budget{limits};
    const auto before = budget;
    CHECK(read_pdf(sample("links.pdf"), limits, budget).oddities.empty());
    CHECK(budget.pdf_objects < before.pdf_objects);
    CHECK(budget.pdf_values < before.pdf_values);
    budget.pdf_objects = 1;
    CHECK(in_short(read_pdf(sample("links.pdf"), limits, budget)).contains("over_limit"));
    CHECK(read_zipped_document(sample("plain.docx"), limits, budget).oddities.empty());
    CHECK(budget.zipped.entries < before.zipped.entries);
    CHECK(budget.zipped.bytes < before.zipped.bytes);
    budget.zipped.entries = 1;
    CHECK(in_short(read_zipped_document(sample("plain.docx"), limits, budget))
              .contains("over_limit"));
}

TEST_CASE("what streams of a PDF unpack to is counted at every stage of their filters")
{
    for (const auto* name : {"swallowed.pdf", "objects.pdf", "values.pdf"}) {
        INFO(name);
        const auto facts = read(name);
        CHECK(std::ranges::any_of(facts.oddities, [](const Oddity& oddity) {
            return oddity.name == "over_limit" && oddity.is_unscannable;
        }));
    }
}

TEST_CASE("objects in streams pay for their values however they are written there")
{
    const auto hexadecimal = [](const std::string& text) {
        std::string out;
        for (const char c : text)
            for (const int digit : {c >> 4 & 15, c & 15})
                out += "0123456789ABCDEF"[digit];
        return out;
    };
    for (const std::size_t count : {1000UL, 1'100'000UL}) {
        std::string list = "3 0 [";
        for (std::size_t i = 0; i < count; ++i)
            list += "0 ";
        list += "]";
        const bool is_over = count > 1000;
        DocumentBudget budget{Limits{}};
        for (const auto& pdf :
             {pdf_with_object_stream("", list),
              pdf_with_object_stream("/Filter/ASCIIHexDecode", hexadecimal(list))}) {
            budget = DocumentBudget{Limits{}};
            const auto facts = read_pdf(pdf, Limits{}, budget);
            CHECK(in_short(facts).contains("over_limit") == is_over);
            CHECK(budget.pdf_values < DocumentBudget{Limits{}}.pdf_values - 100);
        }
    }
}

TEST_CASE("a PDF whose objects stand in a stream that is not unpacked is damaged")
{
    const std::string objects = "3 0 <</S/JavaScript/JS(x>y)>>";
    const auto facts_of = [&](const std::string& dictionary, const std::string& octets) {
        DocumentBudget budget{Limits{}};
        return read_pdf(pdf_with_object_stream(dictionary, octets), Limits{}, budget);
    };
    CHECK(facts_of("", objects).has_script);
    for (const std::string dictionary :
         {"/Filter/RunLengthDecode", "/Filter/LZWDecode", "/Filter/ASCIIHexDecode",
          "/Filter/FlateDecode/DecodeParms<</Predictor 2/Columns 4>>", "/Filter/FlateDecode"}) {
        INFO(dictionary);
        CHECK(in_short(facts_of(dictionary, objects)).contains("unreadable"));
    }
    const std::string hexadecimal = "332030203C3C2F4A532878293E3E>"; // 3 0 <</JS(x)>>
    CHECK(facts_of("/Filter[/ASCIIHexDecode]/DecodeParms[<<>>]", hexadecimal).has_script);
}

TEST_CASE("every digit of base 85 is one")
{
    // By Python's base64.a85encode.
    const std::string encoded = "@6$>%@K";
    const auto pdf = pdf_of(
        {"1 0 obj<</Type/Catalog>>", "2 0 obj<</Type/Filespec/F(a.txt)/EF<</F 3 0 R>>>>",
         "3 0 obj<</Filter/ASCII85Decode/Length 9>>stream\n" + encoded + "~>\nendstream "});
    DocumentBudget budget{Limits{}};
    const auto facts = read_pdf(pdf, Limits{}, budget);
    REQUIRE(facts.embedded.size() == 1);
    CHECK(facts.embedded[0].bytes == "a990b");
}

TEST_CASE("files in a PDF are unpacked as far as they go")
{
    struct {
        std::string_view dictionary;
        std::string octets, file;
    } const table[] = {
        {"/Filter/ASCIIHexDecode", "4D 5a\n4>", "MZ@"},
        {"/Filter/ASCII85Decode", "9jqo^z9jqo~>", std::string{"Man \0\0\0\0Man", 11}},
        // A row of 60,000 octets of which there is one.
        {"/Filter/FlateDecode/DecodeParms<</Predictor 11/Columns 60000>>",
         std::string{"\x78\x01\x01\x02\x00\xFD\xFF\x01\x20\x00\x24\x00\x22", 13}, " "},
    };
    for (const auto& [dictionary, octets, file] : table) {
        INFO(dictionary);
        const auto pdf = pdf_of(
            {"1 0 obj<</Type/Catalog>>", "2 0 obj<</Type/Filespec/F(a.txt)/EF<</F 3 0 R>>>>",
             "3 0 obj<<" + std::string{dictionary} + "/Length " + std::to_string(octets.size())
                 + ">>stream\n" + octets + "\nendstream "});
        DocumentBudget budget{Limits{}};
        const auto facts = read_pdf(pdf, Limits{}, budget);
        CHECK(facts.oddities.empty());
        REQUIRE(facts.embedded.size() == 1);
        CHECK(facts.embedded[0].bytes == file);
    }
}

TEST_CASE("a row of a PDF that is longer than any page is wide is not unpacked")
{
    const auto pdf = pdf_of(
        {"1 0 obj<</Type/Catalog>>", "2 0 obj<</Type/Filespec/F(a.txt)/EF<</F 3 0 R>>>>",
         "3 0 obj<</Filter[/FlateDecode/ASCIIHexDecode]/DecodeParms[<</Predictor 11/Columns "
         "1048576/Colors 32/BitsPerComponent 16>> null]/Length 13>>stream\n"
             + std::string{"\x78\x01\x01\x02\x00\xFD\xFF\x01\x20\x00\x24\x00\x22", 13}
             + "\nendstream "});
    DocumentBudget budget{Limits{}};
    CHECK(in_short(read_pdf(pdf, Limits{}, budget)).contains("unreadable"));
}

TEST_CASE("files in a PDF are unpacked with PNG's prediction")
{
    const auto facts = read("predicted.pdf");
    REQUIRE(facts.embedded.size() == 1);
    std::string expected{"MZ"};
    for (int i = 2; i < 72; ++i)
        expected += static_cast<char>((i * 37 + 11) % 251);
    CHECK(facts.embedded[0].bytes == expected);
    CHECK(facts.oddities.empty());
}
