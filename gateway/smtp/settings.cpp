// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/settings.hpp"

#include <functional>

namespace smtp {
std::size_t Route::identity() const
{
    std::size_t hash = static_cast<std::size_t>(protocol) << 8 | static_cast<std::size_t>(tls) << 4
        | static_cast<std::size_t>(eight_bit);
    const auto mix
        = [&hash](std::size_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL + 1; };
    if (is_by_mx)
        mix(std::hash<std::string>{}(name));
    for (const auto& next_hop : next_hops) {
        mix(std::hash<std::string>{}(next_hop.host));
        mix(next_hop.port);
    }
    return hash;
}
}
