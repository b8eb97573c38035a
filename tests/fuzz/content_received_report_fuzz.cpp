// SPDX-License-Identifier: Apache-2.0
#include "filters/content/received_report.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using filters::content::ReceivedReport;
    const auto reports
        = filters::content::find_reports({reinterpret_cast<const char*>(data), size}, {});
    require(reports.size() <= 10);
    for (const auto& report : reports) {
        require(report.sources.size() <= 4000 && report.sessions.size() <= 1000);
        for (const auto& source : report.sources) {
            require(!source.source.empty() && source.mails > 0 && source.proven <= source.mails);
            require(source.dkim <= source.proven && source.spf <= source.proven);
        }
        for (const auto& sessions : report.sessions)
            require(!sessions.domain.empty());
    }
    return 0;
}
