// SPDX-License-Identifier: Apache-2.0
#include "filters/content/dmarc_report.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto report
        = filters::content::read_dmarc_report({reinterpret_cast<const char*>(data), size});
    if (report)
        require(!report->domain.empty() && report->rows.size() <= 100'000);
    return 0;
}
