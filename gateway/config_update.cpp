// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_update.hpp"

#include "gateway/config_values.hpp"

#include <algorithm>

namespace app {
using filters::Complaints;
using filters::Yaml;
using filters::feeds::FeedKey;
using filters::feeds::FeedSource;

namespace {
Yaml value(const Yaml& item, std::string_view key)
{
    return value_of(item, "update.sources[]." + std::string{key});
}

std::optional<FeedSource> source_of(const Yaml& item, Complaints& complaints)
{
    const auto before = complaints.size();
    const Yaml name = value(item, "name"), url = value(item, "url"), key = value(item, "key");
    FeedSource source;
    source.name = text_of(name);
    source.url = text_of(url);
    if (!filters::feeds::is_feed_word(source.name))
        complaints.push_back(
            (name ? name : item).complain("a source needs a name of letters, digits, \"._-\""));
    if (!source.url.starts_with('/') && !net::parse_https_address(source.url))
        complaints.push_back(
            (url ? url : item)
                .complain("\"url\" is an https:// address or the absolute path of a folder"));
    const auto parsed = FeedKey::parse(text_of(key));
    if (!parsed)
        complaints.push_back((key ? key : item)
                                 .complain("\"key\" is the public key of those who sign, as "
                                           "`mailweir update keygen` prints it"));
    else
        source.key = *parsed;
    source.ca_file = path_of(value(item, "ca"));
    source.every = duration_of(value(item, "every"));
    source.max_age = duration_of(value(item, "max_age"));
    source.limit = std::min(size_of(value(item, "limit")), filters::feeds::FeedIndex::largest_feed);
    if (source.every < std::chrono::minutes{1})
        complaints.push_back(value(item, "every").complain("\"every\" must be at least 1 min"));
    return complaints.size() == before ? std::optional{std::move(source)} : std::nullopt;
}
}

std::vector<FeedSource> read_feed_sources(const Yaml& tree, Complaints& complaints)
{
    std::vector<FeedSource> sources;
    for (const auto& item : tree.at({"update", "sources"}).items()) {
        auto source = source_of(item, complaints);
        if (source && std::ranges::find(sources, source->name, &FeedSource::name) != sources.end())
            complaints.push_back(item.find("name").complain("two sources have this name"));
        else if (source)
            sources.push_back(std::move(*source));
    }
    return sources;
}
}
