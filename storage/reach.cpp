// SPDX-License-Identifier: Apache-2.0
#include "storage/reach.hpp"

#include <algorithm>

namespace storage {
namespace {
std::vector<std::string> sorted(std::vector<std::string> names)
{
    std::erase(names, "");
    std::ranges::sort(names);
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
    return names;
}
}

Reach Reach::only(std::vector<std::string> domains, std::vector<std::string> addresses)
{
    return Reach{false, sorted(std::move(domains)), sorted(std::move(addresses))};
}

bool Reach::has_domain(std::string_view domain) const
{
    return is_everything_ || std::ranges::binary_search(domains_, domain);
}

bool Reach::has_address(std::string_view key) const
{
    const auto at = key.rfind('@');
    return is_everything_ || std::ranges::binary_search(addresses_, key)
        || (at != key.npos && has_domain(key.substr(at + 1)));
}
}
