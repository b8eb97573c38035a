// SPDX-License-Identifier: Apache-2.0
#include "filters/content/received_report.hpp"

#include "filters/content/abuse_report.hpp"
#include "filters/content/dmarc_report.hpp"
#include "filters/content/mime.hpp"
#include "filters/content/report_octets.hpp"
#include "filters/content/tls_report.hpp"
#include "gateway/mail/address.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/ip.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace filters::content {
namespace {
constexpr std::size_t most_reports = 10, most_sources = 4000, most_octets = 16U << 20;
constexpr std::uint64_t most_mails = 1'000'000'000'000;

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

bool is_feedback(std::string_view type) { return type == "message/feedback-report"; }
bool is_tls(std::string_view filename, std::string_view type)
{
    return type.starts_with("application/tlsrpt") || filename.find(".json") != filename.npos;
}

void add(ReportedSource& to, const DmarcReport::Row& row)
{
    const bool is_dkim = row.dkim == "pass", is_spf = row.spf == "pass";
    to.mails += row.count;
    to.dkim += is_dkim ? row.count : 0;
    to.spf += is_spf ? row.count : 0;
    to.proven += is_dkim || is_spf ? row.count : 0;
    to.quarantined += row.disposition == "quarantine" ? row.count : 0;
    to.rejected += row.disposition == "reject" ? row.count : 0;
}

/// Rows with an address that is none or with an impossible number do not count.
ReceivedReport summed(const DmarcReport& read)
{
    ReceivedReport report{.organization = plain_line(read.organization),
                          .id = plain_line(read.id),
                          .begin = read.begin};
    const auto domain = mail::Domain::parse(read.domain);
    if (!domain || domain->is_literal()) {
        report.error = "it is about no domain";
        return report;
    }
    report.domain = domain->ascii();
    std::map<std::string, ReportedSource> by_source;
    std::size_t wrong = 0;
    std::uint64_t left = most_mails;
    for (const auto& row : read.rows) {
        const auto ip = mail::Ip::parse(row.source);
        if (!ip || row.count == 0 || row.count > left) {
            ++wrong;
            continue;
        }
        left -= row.count;
        auto& source = by_source[ip->to_string()];
        source.source = ip->to_string();
        add(source, row);
    }
    for (auto& [name, source] : by_source)
        report.sources.push_back(std::move(source));
    std::ranges::sort(report.sources, [](const auto& a, const auto& b) {
        return std::tie(b.mails, a.source) < std::tie(a.mails, b.source);
    });
    const bool is_cut = read.is_cut || report.sources.size() > most_sources;
    if (report.sources.size() > most_sources)
        report.sources.resize(most_sources);
    if (wrong > 0)
        report.error = std::to_string(wrong) + " rows have no address or an impossible number";
    else if (is_cut)
        report.error = "it has more rows than are kept";
    return report;
}

ReceivedReport read_aggregate(std::string_view octets)
{
    const auto read = read_dmarc_report(octets);
    return read ? summed(*read) : ReceivedReport{.error = read.error()};
}

std::string octets_of(const Part& part)
{
    return decode(part.body, part.encoding, most_octets).bytes;
}

/// The header of the mail that an abuse report is about: in the part behind it.
std::string original_behind(const std::vector<Part>& parts, std::size_t at)
{
    for (std::size_t i = at + 1; i < parts.size(); ++i) {
        const auto& part = parts[i];
        if (part.type == "text/rfc822-headers"
            || (part.type == "message/rfc822" && !part.is_container))
            return octets_of(part);
        if (part.type == "message/rfc822")
            return std::string{part.body}; // a container: its text as it stands
    }
    return {};
}
}

std::string_view to_string(ReceivedReport::Kind kind)
{
    constexpr std::array<std::string_view, 3> names{"dmarc", "tls", "abuse"};
    return names[static_cast<std::size_t>(kind)];
}

bool is_report(std::string_view filename, std::string_view type)
{
    if (is_feedback(type) || type.starts_with("application/tlsrpt"))
        return true;
    const auto name = lower(filename);
    constexpr std::array<std::string_view, 6> ends{".xml", ".xml.gz", ".zip",
                                                   ".gz",  ".json",   ".json.gz"};
    return std::ranges::count(name, '!') >= 2
        && std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
}

std::vector<ReceivedReport> find_reports(std::string_view message, const Limits& limits)
{
    std::vector<ReceivedReport> reports;
    const auto structure = parse_mime(message, limits);
    for (std::size_t i = 0; i < structure.parts.size() && reports.size() < most_reports; ++i) {
        const auto& part = structure.parts[i];
        if (part.is_alternative || part.is_container || !is_report(part.filename, part.type))
            continue;
        const auto octets = octets_of(part);
        if (is_feedback(part.type))
            reports.push_back(read_abuse_report(octets, original_behind(structure.parts, i)));
        else
            reports.push_back(is_tls(lower(part.filename), part.type) ? read_tls_report(octets)
                                                                      : read_aggregate(octets));
    }
    return reports;
}
}
