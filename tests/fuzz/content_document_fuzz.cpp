// SPDX-License-Identifier: Apache-2.0
// Documents of every kind, whatever the octets claim to be.
#include "filters/content/document.hpp"
#include "filters/content/visual_basic.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace filters::content;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    Limits limits;
    limits.links = 10;
    limits.archive_bytes = 1 << 20;
    limits.part_bytes = 1 << 16;
    DocumentBudget budget{limits};
    const auto facts = bytes.starts_with("PK") ? read_zipped_document(bytes, limits, budget)
        : bytes.starts_with("%PDF")            ? read_pdf(bytes, limits, budget)
        : bytes.starts_with("{\\rt")           ? read_rtf(bytes, limits)
                                               : read_ole(bytes, limits);
    require(facts.links.size() <= limits.links);
    std::size_t embedded = 0;
    for (const auto& file : facts.embedded)
        embedded += file.bytes.size();
    require(embedded <= limits.part_bytes);
    require(decompress_visual_basic(bytes, 1000).size() <= 1000);
    return 0;
}
