// SPDX-License-Identifier: Apache-2.0
// What a scan worker says it found: nothing but what a worker could have said gets through.
#include "filters/scan/codec.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    auto scanned = filters::decode(bytes);
    if (!scanned)
        return 0;
    require(filters::encode(*scanned) == bytes);
    require(filters::confine(*scanned));
    for (const auto& body : scanned->content.bodies)
        require(body.raw.empty() && body.visible.empty());
    require(filters::decode(filters::encode(*scanned)).has_value());
    return 0;
}
