// SPDX-License-Identifier: Apache-2.0
#include "filters/content/dmarc_report.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/terminal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
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

std::vector<Command> report_commands()
{
    return {{"report",
             "dmarc",
             "who sends in the name of a domain, by aggregate reports of others",
             {{"FILE", "", "XML, gzip or zip, as it was attached", true, true}, json_option()},
             dmarc}};
}
}
