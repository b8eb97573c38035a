// SPDX-License-Identifier: Apache-2.0
#include "filters/content/delivery_report.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const auto report
        = filters::content::read_delivery_report({reinterpret_cast<const char*>(data), size});
    if (report.failures.size() > 50)
        std::abort();
    for (const auto& failure : report.failures)
        if (failure.recipient.find('@') == failure.recipient.npos || failure.status.size() > 9)
            std::abort();
    return 0;
}
