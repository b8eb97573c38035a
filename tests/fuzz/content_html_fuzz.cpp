// SPDX-License-Identifier: Apache-2.0
// HTML: whatever it holds, reading ends within its limits and what comes out is no larger.
#include "filters/content/html.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view html{reinterpret_cast<const char*>(data), size};
    filters::content::Limits limits;
    limits.links = 20;
    limits.open_elements = 16;
    limits.attributes = 8;
    const auto found = filters::content::read_html(html, limits);
    require(found.links.size() <= limits.links);
    require(found.visible.size() + found.hidden.size() + found.elsewhere.size() <= 8 * size + 8);
    for (const auto& link : found.links)
        require(!link.target.empty() && link.text.size() <= 4000);
    return 0;
}
