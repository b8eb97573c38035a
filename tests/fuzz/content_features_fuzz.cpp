// SPDX-License-Identifier: Apache-2.0
// Features: what is unpacked is well-formed and packs to the same; what is extracted from any
// message is well-formed, bounded and comes back.
#include "filters/content/analysis.hpp"
#include "filters/content/features.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace filters;
    const std::string_view octets{reinterpret_cast<const char*>(data), size};
    content::Features features;
    if (content::unpack(octets, features))
        require(content::is_well_formed(features));
    const auto message = mail::Message::from_text(octets);
    const auto extracted = content::extract_features(message, content::analyse(message, {}));
    require(content::is_well_formed(extracted));
    require(std::ranges::count(extracted.texts, '\n')
            == static_cast<std::ptrdiff_t>(extracted.words.size()));
    const auto packed = content::pack(extracted);
    require(packed.size() <= content::most_packed);
    require(content::unpack(packed, features));
    require(features.all == extracted.all && features.words == extracted.words);
    return 0;
}
