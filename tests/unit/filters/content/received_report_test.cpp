// SPDX-License-Identifier: Apache-2.0
#include "filters/content/received_report.hpp"

#include "filters/content/abuse_report.hpp"
#include "filters/content/tls_report.hpp"

#include <catch2/catch.hpp>

#include <fmt/format.h>

using namespace filters::content;
using Kind = ReceivedReport::Kind;

namespace {
std::string row(std::string_view ip, std::string_view count, std::string_view dkim,
                std::string_view spf, std::string_view done)
{
    return fmt::format("<record><row><source_ip>{}</source_ip><count>{}</count><policy_evaluated>"
                       "<disposition>{}</disposition><dkim>{}</dkim><spf>{}</spf>"
                       "</policy_evaluated></row><identifiers><header_from>our.example"
                       "</header_from></identifiers></record>",
                       ip, count, done, dkim, spf);
}
std::string aggregate(const std::string& rows, std::string_view domain = "Our.Example")
{
    return fmt::format("<?xml version=\"1.0\"?><feedback><report_metadata><org_name>far</org_name>"
                       "<report_id>7</report_id><date_range><begin>1790000000</begin>"
                       "<end>1790086399</end></date_range></report_metadata><policy_published>"
                       "<domain>{}</domain><p>none</p></policy_published>{}</feedback>",
                       domain, rows);
}
/// A mail with one file.
std::string with_file(std::string_view type, std::string_view name, std::string_view octets)
{
    return fmt::format("From: r@far.example\r\nSubject: Report Domain: our.example\r\n"
                       "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                       "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
                       "--b\r\nContent-Type: {}; name=\"{}\"\r\n"
                       "Content-Disposition: attachment; filename=\"{}\"\r\n\r\n{}\r\n--b--\r\n",
                       type, name, name, octets);
}
constexpr std::string_view aggregate_name = "far.example!our.example!1790000000!1790086399.xml";
const std::string tls_text = R"({"organization-name":"Far Inc","date-range":{"start-datetime":
"2026-11-20T00:00:00Z","end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"x@far.example",
"report-id":"2026-11-20T00:00:00Z_our.example","policies":[{"policy":{"policy-type":"sts",
"policy-string":["version: STSv1"],"policy-domain":"our.example","mx-host":["*.our.example"]},
"summary":{"total-successful-session-count":5326,"total-failure-session-count":"303"},
"failure-details":[{"result-type":"certificate-expired","failed-session-count":100},
{"result-type":"starttls-not-supported","failed-session-count":203}]}]})";
constexpr std::string_view feedback
    = "Feedback-Type: abuse\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\n"
      "Original-Mail-From: <bounce@list.example>\r\nOriginal-Rcpt-To: <eve@far.example>\r\n"
      "Source-IP: 192.0.2.9\r\n";
constexpr std::string_view about
    = "From: Ann <Ann@our.example>\r\nMessage-ID: <1@our.example>\r\nSubject: hi\r\n";
}

TEST_CASE("received reports: an aggregate is summed up by address, once for each")
{
    const auto text = aggregate(row("192.0.2.1", "3", "pass", "fail", "none")
                                + row("192.0.2.1", "2", "fail", "fail", "reject")
                                + row("2001:DB8::1", "9", "fail", "pass", "quarantine"));
    const auto found = find_reports(with_file("application/xml", aggregate_name, text), {});
    REQUIRE(found.size() == 1);
    const auto& report = found.front();
    CHECK(report.kind == Kind::dmarc);
    CHECK(report.error.empty());
    CHECK(report.domain == "our.example");
    CHECK(report.begin == 1'790'000'000);
    REQUIRE(report.sources.size() == 2);
    CHECK(report.sources[0].source == "2001:db8::1");
    CHECK(report.sources[0].proven == 9);
    CHECK(report.sources[0].quarantined == 9);
    CHECK(report.sources[1].mails == 5);
    CHECK(report.sources[1].proven == 3);
    CHECK(report.sources[1].dkim == 3);
    CHECK(report.sources[1].spf == 0);
    CHECK(report.sources[1].rejected == 2);
}

TEST_CASE("received reports: rows that cannot be do not count, and it is said")
{
    struct Row {
        std::string_view ip, count;
    };
    for (const auto& [ip, count] :
         {Row{"not.an.ip", "1"}, Row{"192.0.2.1", "0"}, Row{"192.0.2.1", "x"},
          Row{"192.0.2.1", "99999999999999999999"}, Row{"192.0.2.1", "2000000000000"}}) {
        CAPTURE(ip, count);
        const auto text = aggregate(row(ip, count, "pass", "pass", "none")
                                    + row("192.0.2.7", "4", "pass", "pass", "none"));
        const auto found = find_reports(with_file("text/xml", aggregate_name, text), {});
        REQUIRE(found.size() == 1);
        CHECK(found.front().error.starts_with("1 rows"));
        REQUIRE(found.front().sources.size() == 1);
        CHECK(found.front().sources.front().source == "192.0.2.7");
    }
}

TEST_CASE("received reports: what is none by its name is not looked at, what is broken is told")
{
    const auto text = aggregate(row("192.0.2.1", "3", "pass", "fail", "none"));
    CHECK(find_reports(with_file("application/xml", "invoice.xml", text), {}).empty());
    CHECK(find_reports("Subject: x\r\n\r\nno report\r\n", {}).empty());
    const auto cut
        = find_reports(with_file("application/xml", aggregate_name, text.substr(0, 250)), {});
    REQUIRE(cut.size() == 1);
    CHECK_FALSE(cut.front().error.empty());
    CHECK(cut.front().sources.empty());
    const auto nobody
        = find_reports(with_file("application/gzip", "a!b!1!2.xml.gz", "this is no gzip"), {});
    REQUIRE(nobody.size() == 1);
    CHECK_FALSE(nobody.front().error.empty());
    const auto literal
        = find_reports(with_file("text/xml", aggregate_name, aggregate("", "[192.0.2.1]")), {});
    REQUIRE(literal.size() == 1);
    CHECK(literal.front().error == "it is about no domain");
}

TEST_CASE("received reports: more addresses than are kept leave the smallest out")
{
    std::string rows;
    for (int i = 0; i < 5000; ++i)
        rows += row(fmt::format("10.0.{}.{}", i / 250, i % 250), i < 100 ? "1" : "2", "pass",
                    "pass", "none");
    const auto found = find_reports(with_file("text/xml", aggregate_name, aggregate(rows)), {});
    REQUIRE(found.size() == 1);
    CHECK(found.front().sources.size() == 4000);
    CHECK(found.front().sources.front().mails == 2);
    CHECK_FALSE(found.front().error.empty());
}

TEST_CASE("received reports: TLS reports say how many sessions went well, and why not")
{
    for (const auto* type : {"application/tlsrpt+json", "application/json"}) {
        const auto found
            = find_reports(with_file(type, "far.example!our.example!1!2!001.json", tls_text), {});
        REQUIRE(found.size() == 1);
        const auto& report = found.front();
        CHECK(report.kind == Kind::tls);
        CHECK(report.error.empty());
        CHECK(report.organization == "Far Inc");
        CHECK(report.begin == 1'795'132'800);
        REQUIRE(report.sessions.size() == 1);
        CHECK(report.sessions[0].succeeded == 5326);
        CHECK(report.sessions[0].failed == 303);
        CHECK(report.sessions[0].mx == "*.our.example");
        CHECK(report.sessions[0].why == "certificate-expired 100, starttls-not-supported 203");
    }
}

TEST_CASE("received reports: a broken TLS report says why, and nothing else")
{
    const auto with = [](std::string_view old, std::string_view now) {
        auto text = tls_text;
        const auto at = text.find(old);
        REQUIRE(at != text.npos);
        return text.replace(at, old.size(), now);
    };
    struct Row {
        std::string text, error;
    };
    const std::string deep(100, '[');
    for (const auto& [text, error] :
         {Row{with("2026-11-20T00", "2026-13-20T00"), "it does not say of which day it is"},
          Row{with("5326", "-1"), "a count that is no number"},
          Row{with("5326", "1e30"), "a count that is no number"},
          Row{with("\"policies\"", "\"other\""), "it has no policies"},
          Row{with("our.example\",\"mx", "not a domain\",\"mx"), "a policy of no domain"},
          Row{with("\"summary\"", "\"x\""), "a policy without its summary"},
          Row{tls_text.substr(0, 200), "it is no whole JSON document"},
          Row{"{\"a\":" + deep, "it is no whole JSON document"},
          Row{"[]", "it is neither JSON nor an archive with it"}}) {
        const auto report = read_tls_report(text);
        CHECK(report.error == error);
        CHECK(report.sessions.empty());
    }
}

TEST_CASE("received reports: an abuse report names the author, not the envelope of who forwards")
{
    const auto mail
        = fmt::format("From: r@far.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report;"
                      " report-type=feedback-report; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
                      "Content-Type: message/feedback-report\r\n\r\n{}\r\n--b\r\n"
                      "Content-Type: message/rfc822\r\n\r\n{}\r\nbody\r\n--b--\r\n",
                      feedback, about);
    const auto found = find_reports(mail, {});
    REQUIRE(found.size() == 1);
    const auto& report = found.front();
    CHECK(report.kind == Kind::abuse);
    CHECK(report.error.empty());
    CHECK(report.type == "abuse");
    CHECK(report.organization == "Loop/1.0");
    CHECK(report.source == "192.0.2.9");
    CHECK(report.sender == "ann@our.example");
    CHECK(report.recipient == "eve@far.example");
    CHECK(report.message_id == "1@our.example");
}

TEST_CASE("received reports: an abuse report without its mail has the envelope, or is broken")
{
    CHECK(read_abuse_report(feedback, "").sender == "bounce@list.example");
    CHECK(read_abuse_report("Version: 1\r\n", about).error == "it does not say what it is about");
    CHECK(read_abuse_report("Feedback-Type: abuse\r\n", "").error
          == "it does not say which mail it is about");
    CHECK(read_abuse_report("Feedback-Type: abuse\r\nSource-IP: x\r\n", about).source.empty());
}
