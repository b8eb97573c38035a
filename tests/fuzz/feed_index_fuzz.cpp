// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_index.hpp"
#include "tests/fuzz/require.hpp"

#include <cstddef>
#include <cstdint>

// What is read is written back the same, and whatever was read keeps to the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace filters::feeds;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static const auto key = FeedKey::parse("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    require(!verified_index(text, *key, "site"));
    const auto index = FeedIndex::parse(text);
    if (!index)
        return 0;
    require(index->to_text() == text);
    require(index->serial > 0 && !index->files.empty()
            && index->files.size() <= FeedIndex::most_files);
    for (const auto& file : index->files)
        require(is_feed_word(file.name) && file.size <= FeedIndex::largest_file);
    return 0;
}
