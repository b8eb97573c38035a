// SPDX-License-Identifier: Apache-2.0
#include "filters/content/dmarc_report.hpp"

#include <catch2/catch.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <vector>

using filters::content::read_dmarc_report;

namespace {
const std::string usual = R"(<?xml version="1.0" encoding="UTF-8" ?>
<feedback xmlns:x="urn:x">
  <report_metadata>
    <org_name>Far &amp; Wide</org_name><email>x@far.example</email><report_id>77</report_id>
    <date_range><begin>1790000000</begin><end>1790086399</end></date_range>
  </report_metadata>
  <policy_published><domain>our.example</domain><adkim>r</adkim><p>reject</p></policy_published>
  <!-- <record><row><count>9</count></row></record> -->
  <record>
    <row><source_ip>192.0.2.1</source_ip><count>12</count>
      <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>
      </policy_evaluated></row>
    <identifiers><envelope_from>b.example</envelope_from><header_from>our.example</header_from>
    </identifiers>
    <auth_results><dkim><domain>our.example</domain><result>fail</result></dkim>
      <spf><domain>b.example</domain><result>pass</result></spf></auth_results>
  </record>
  <record><row><source_ip>2001:db8::1</source_ip><count>1</count><policy_evaluated>
    <disposition>reject</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
    <identifiers><header_from>our.example</header_from></identifiers></record>
</feedback>
)";

std::string packed(int (*format)(archive*), int (*filter)(archive*), const std::string& text)
{
    std::vector<char> out(1 << 20);
    std::size_t used = 0;
    archive* made = archive_write_new();
    format(made);
    filter(made);
    archive_write_open_memory(made, out.data(), out.size(), &used);
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, "far.example!our.example!1!2.xml");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_write_header(made, entry);
    archive_write_data(made, text.data(), text.size());
    archive_entry_free(entry);
    archive_write_close(made);
    archive_write_free(made);
    return {out.data(), used};
}
std::string why(std::string_view text)
{
    const auto read = read_dmarc_report(text);
    return read ? "" : read.error();
}
}

TEST_CASE("an aggregate report says who sends in our name, and what became of it")
{
    const auto report = read_dmarc_report(usual);
    REQUIRE(report);
    CHECK(report->organization == "Far & Wide");
    CHECK(report->id == "77");
    CHECK(report->domain == "our.example");
    CHECK(report->policy == "reject");
    CHECK(report->begin == 1'790'000'000);
    CHECK(report->end == 1'790'086'399);
    REQUIRE(report->rows.size() == 2);
    const auto& row = report->rows.front();
    CHECK(row.source == "192.0.2.1");
    CHECK(row.count == 12);
    CHECK(row.disposition == "none");
    CHECK(row.dkim == "pass"); // as evaluated, not the raw result
    CHECK(row.spf == "fail");
    CHECK(row.header_from == "our.example");
    CHECK(row.envelope_from == "b.example");
    CHECK(report->rows.back().source == "2001:db8::1");
    CHECK_FALSE(report->is_cut);
}

TEST_CASE("aggregate reports come packed")
{
    const auto zip = packed(archive_write_set_format_zip, archive_write_add_filter_none, usual);
    REQUIRE(read_dmarc_report(zip));
    CHECK(read_dmarc_report(zip)->rows.size() == 2);
    const auto gzip = packed(archive_write_set_format_raw, archive_write_add_filter_gzip, usual);
    REQUIRE(read_dmarc_report(gzip));
    CHECK(read_dmarc_report(gzip)->domain == "our.example");
    CHECK_FALSE(read_dmarc_report(gzip.substr(0, gzip.size() / 2)));
}

TEST_CASE("what is no report is none, however it pretends")
{
    CHECK(why("") == "it is neither XML nor an archive with it");
    CHECK(why("hello") == "it is neither XML nor an archive with it");
    CHECK(why("<feedback></feedback>") == "it says of no domain what was published");
    CHECK(why("<feedback><record>") == "it is no whole XML document");
    CHECK(why("<a></b>") == "it is no whole XML document");
    CHECK(why("<!-- <a>") == "it is no whole XML document");
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    CHECK(why(deep) == "it is no whole XML document");
    // No entity but XML's own means anything.
    const auto bomb = read_dmarc_report(
        "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><feedback><policy_published><domain>&a;</domain>"
        "</policy_published></feedback>");
    REQUIRE(bomb);
    CHECK(bomb->domain == "&a;");
}
