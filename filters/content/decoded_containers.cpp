// SPDX-License-Identifier: Apache-2.0
#include "filters/content/decoded_containers.hpp"

namespace filters::content {
std::optional<std::vector<std::string_view>> DecodedContainers::find(std::string_view body,
                                                                     Encoding encoding)
{
    const std::tuple key{body.data(), body.size(), encoding};
    if (const auto known = known_.find(key); known != known_.end())
        return known->second;
    auto decoded = decode(body, encoding, budget_);
    std::size_t size = decoded.bytes.size();
    for (const auto& other : decoded.others)
        size += other.size();
    if (decoded.is_cut || size > budget_)
        return {};
    budget_ -= size;
    std::vector<std::string_view> readings{texts_.emplace_back(std::move(decoded.bytes))};
    for (auto& other : decoded.others)
        readings.push_back(texts_.emplace_back(std::move(other)));
    return known_.emplace(key, std::move(readings)).first->second;
}
}
