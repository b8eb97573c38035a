// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/settings.hpp"

#include <fmt/format.h>

namespace smtp {
std::string Route::key() const
{
    std::string key = fmt::format("{}/{}/{}", static_cast<int>(protocol), static_cast<int>(tls),
                                  static_cast<int>(eight_bit));
    for (const auto& next_hop : next_hops)
        fmt::format_to(std::back_inserter(key), "/{}:{}", next_hop.host, next_hop.port);
    return key;
}
}
