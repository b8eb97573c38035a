// SPDX-License-Identifier: Apache-2.0
#include "filters/content/dmarc_report.hpp"
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <tuple>

namespace app::commands {
namespace {
using filters::content::DmarcReport;

/// What several reports say of one source alike.
using Line = std::tuple<std::string, std::string, std::string, std::string, std::string>;

void add(std::map<Line, std::uint64_t>& lines, const DmarcReport& report)
{
    for (const auto& row : report.rows) {
        auto& count = lines[{row.header_from.empty() ? report.domain : row.header_from, row.source,
                             row.dkim, row.spf, row.disposition}];
        count += std::min(row.count, ~std::uint64_t{0} - count);
    }
}

/// Those that nothing proves first, then by their number.
boost::json::array rows_of(const std::map<Line, std::uint64_t>& lines)
{
    std::vector<std::pair<Line, std::uint64_t>> sorted{lines.begin(), lines.end()};
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
        const auto proven = [](const Line& line) {
            return std::get<2>(line) == "pass" || std::get<3>(line) == "pass";
        };
        return std::tuple{proven(a.first), b.second} < std::tuple{proven(b.first), a.second};
    });
    boost::json::array rows;
    for (const auto& [line, count] : sorted) {
        const auto& [domain, source, dkim, spf, disposition] = line;
        rows.push_back(boost::json::object{{"domain", domain},
                                           {"source", source},
                                           {"count", count},
                                           {"dkim", dkim},
                                           {"spf", spf},
                                           {"disposition", disposition}});
    }
    return rows;
}

Exit dmarc(const Arguments& arguments)
{
    std::map<Line, std::uint64_t> lines;
    bool is_well = true;
    for (const auto& path : arguments.texts("FILE")) {
        std::ifstream in{path, std::ios::binary};
        std::stringstream octets;
        octets << in.rdbuf();
        const auto report = in ? filters::content::read_dmarc_report(octets.str())
                               : std::unexpected{std::string{"it cannot be read"}};
        if (!report) {
            std::fprintf(stderr, "mailweir: %s: %s\n", path.c_str(), report.error().c_str());
            is_well = false;
            continue;
        }
        add(lines, *report);
    }
    print_rows(output_of(arguments),
               {{"DOMAIN", "domain"},
                {"SOURCE", "source"},
                {"COUNT", "count"},
                {"DKIM", "dkim"},
                {"SPF", "spf"},
                {"DONE", "disposition"}},
               rows_of(lines));
    return is_well ? Exit::ok : Exit::failed;
}
}

namespace {
constexpr auto day_columns = std::to_array<Column>({{"DAY", "day"},
                                                    {"DOMAIN", "domain"},
                                                    {"SOURCE", "source"},
                                                    {"MAILS", "mails"},
                                                    {"PROVEN", "proven"},
                                                    {"DKIM", "dkim"},
                                                    {"SPF", "spf"},
                                                    {"HELD", "quarantined"},
                                                    {"REFUSED", "rejected"}});
constexpr auto tls_columns = std::to_array<Column>({{"DAY", "day"},
                                                    {"DOMAIN", "domain"},
                                                    {"BY", "reporter"},
                                                    {"POLICY", "policy"},
                                                    {"WELL", "succeeded"},
                                                    {"FAILED", "failed"},
                                                    {"WHY", "why"}});
constexpr auto abuse_columns = std::to_array<Column>({{"AT", "at"},
                                                      {"ACCOUNT", "account"},
                                                      {"ALIAS", "alias"},
                                                      {"LIST", "list"},
                                                      {"TYPE", "type"},
                                                      {"BY", "reporter"},
                                                      {"SOURCE", "source"},
                                                      {"MESSAGE-ID", "message_id"}});
constexpr auto receipt_columns = std::to_array<Column>({{"AT", "at"},
                                                        {"KIND", "kind"},
                                                        {"BY", "reporter"},
                                                        {"DOMAIN", "domain"},
                                                        {"ROWS", "rows"},
                                                        {"PROBLEM", "error"}});

/// Rows that the daemon keeps of one kind of report.
Exit list(const Arguments& arguments, std::string_view kind, std::string_view member,
          std::span<const Column> columns)
{
    const auto path = "/api/v1/reports/" + std::string{kind} + "?"
        + query_text({{"since", arguments.text("--since")},
                      {"domain", arguments.text("--domain")},
                      {"limit", "1000"}});
    const auto answer = Daemon{arguments}.ask("GET", path);
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table({columns.begin(), columns.end()}, web::array_member(answer->document, member));
    return Exit::ok;
}
Exit sources(const Arguments& arguments) { return list(arguments, "dmarc", "rows", day_columns); }
Exit tls(const Arguments& arguments) { return list(arguments, "tls", "rows", tls_columns); }
Exit abuse(const Arguments& arguments) { return list(arguments, "abuse", "rows", abuse_columns); }
Exit received(const Arguments& arguments)
{
    return list(arguments, "received", "reports", receipt_columns);
}
}

std::vector<Command> report_commands()
{
    const Option since{"--since", "TIME", "how far back; 30 days if nothing is said"};
    const Option domain{"--domain", "NAME", "of this domain alone"};
    return {{"report", "sources", "who sends in our domains' names, by reports that came by mail",
             with_daemon_options({since, domain, json_option()}), sources},
            {"report", "tls", "how TLS towards our domains went, by reports that came by mail",
             with_daemon_options({since, domain, json_option()}), tls},
            {"report", "abuse", "mail of ours that others called spam",
             with_daemon_options({since, json_option()}), abuse},
            {"report", "received", "reports that came, and what is wrong with them",
             with_daemon_options({since, domain, json_option()}), received},
            {"report",
             "dmarc",
             "who sends in the name of a domain, by aggregate reports of others",
             {{"FILE", "", "XML, gzip or zip, as it was attached", true, true}, json_option()},
             dmarc}};
}
}
