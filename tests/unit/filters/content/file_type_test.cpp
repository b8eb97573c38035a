// SPDX-License-Identifier: Apache-2.0
#include "filters/content/file_signatures.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace filters::content;
using namespace std::string_view_literals;

TEST_CASE("files are known by their octets, whatever their name says")
{
    struct Row {
        std::string_view bytes, filename;
        Kind kind;
    };
    const auto row = GENERATE(
        Row{"MZ\x90\0"sv, "invoice.pdf", Kind::executable},
        Row{"\x7F"
            "ELF",
            "", Kind::executable},
        Row{"#!/bin/sh", "", Kind::script}, Row{"Dim x", "a.vbs", Kind::script},
        Row{"Dim x", "a.txt", Kind::text}, Row{"[InternetShortcut]\nURL=x", "x", Kind::shortcut},
        Row{"PK\x03\x04"
            "xxxx[Content_Types].xml",
            "x", Kind::ooxml},
        Row{"PK\x03\x04"
            "META-INF/MANIFEST.MF",
            "x.zip", Kind::java},
        Row{"PK\x03\x04", "x.docx", Kind::archive}, Row{"Rar!\x1A\x07\x01", "", Kind::archive},
        Row{"junk\n%PDF-1.7", "", Kind::pdf}, Row{"{\\rtf1", "x.doc", Kind::rtf},
        Row{"{\\rt\xFF", "x.doc", Kind::rtf},
        Row{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "", Kind::ole},
        Row{"\x89PNG\r\n\x1A\n", "", Kind::picture}, Row{"RIFFxxxxWEBPVP8 ", "", Kind::picture},
        Row{"RIFFxxxxWAVE", "", Kind::audio}, Row{"\xFF\xD8\xFF\xE0", "x.txt", Kind::picture},
        Row{"  \n<!DOCTYPE HTML><p>", "x.txt", Kind::html},
        Row{"\xEF\xBB\xBF<html>", "", Kind::html}, Row{"<\0h\0t\0m\0l\0>\0"sv, "", Kind::html},
        Row{"<?xml?><svg x>", "x.html", Kind::svg}, Row{"Received: from x", "x.eml", Kind::message},
        Row{"BEGIN:VCALENDAR", "", Kind::calendar}, Row{"hello \xE3\x81\x82", "", Kind::text},
        Row{"\x01\x02\x03", "x.txt", Kind::unknown}, Row{"", "x.exe", Kind::unknown});
    INFO(row.bytes << " " << row.filename);
    const auto type = file_type(row.bytes, row.filename);
    CHECK(type.kind == row.kind);
    CHECK(type.name.empty() == (row.kind == Kind::unknown));
    std::string disc(40000, '\0');
    disc.replace(32769, 5, "CD001");
    CHECK(file_type(disc, "").kind == Kind::disk_image);
    disc.resize(32770);
    CHECK(file_type(disc, "").kind == Kind::unknown);
}

TEST_CASE("the extension is what a system goes by")
{
    CHECK(extension("Invoice.PDF") == "pdf");
    CHECK(extension("a.pdf.exe") == "exe");
    CHECK(extension("a.exe. . ") == "exe");
    CHECK(extension("a.e\u200Bxe\u202E") == "exe");
    CHECK(extension("exe") == "");
    CHECK(extension("") == "");
    CHECK(extension("a.") == "");
    CHECK(extension("\u8ACB\u6C42\u66F8.xlsx\u3000") == "xlsx");
}

TEST_CASE("extensions are sorted, so that each is found")
{
    CHECK(std::ranges::is_sorted(claimed_kinds(), {}, &ClaimedKind::extension));
    for (const auto& claim : claimed_kinds())
        CHECK(claimed_kind(claim.extension) == claim.kind);
    CHECK(claimed_kind("nothing") == Kind::unknown);
}

TEST_CASE("names that were made to mislead are disguises")
{
    const FileType program{Kind::executable, "x"}, pdf{Kind::pdf, "x"}, none{};
    CHECK(is_disguised("invoice.pdf.exe", program));
    CHECK(is_disguised("invoice.pdf.js", none));
    CHECK(is_disguised("invoice            .exe", program));
    CHECK(is_disguised("inv\u202Efdp.exe", none));
    CHECK(is_disguised("invoice.pdf", program));
    CHECK(is_disguised("photo.jpg", {Kind::script, "x"}));
    CHECK_FALSE(is_disguised("setup.exe", program));
    CHECK_FALSE(is_disguised("invoice.pdf", pdf));
    CHECK_FALSE(is_disguised("my     report.pdf", pdf));
    CHECK_FALSE(is_disguised("archive.tar.gz", none));
    CHECK_FALSE(is_disguised("jquery.min.js", none));
    CHECK_FALSE(is_disguised("program", program));
    CHECK_FALSE(is_disguised("v1.2.exe", program));
}
