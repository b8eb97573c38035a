// SPDX-License-Identifier: Apache-2.0
// Values with parameters: RFC 2045, 2231 and 2047, and what senders make of them.
#include "filters/content/parameters.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

using namespace filters::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view raw{reinterpret_cast<const char*>(data), size};
    Limits limits;
    limits.parameters = 10;
    const auto read = parse_parameters(raw, limits);
    // Each parameter has at most a handful of readings.
    require(read.parameters.size() <= 10 * 6);
    for (const auto& [name, value] : read.parameters) {
        require(!name.empty());
        require(name == "boundary" || mail::is_utf8(value));
        require(!read.find_all(name).empty());
    }
    return 0;
}
