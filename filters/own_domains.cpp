// SPDX-License-Identifier: Apache-2.0
#include "filters/own_domains.hpp"

#include <algorithm>
#include <utility>

namespace filters {
namespace {
constexpr std::string_view state_name = "own_domains";
constexpr std::size_t most = 1000;
}

void set_own_domains(Services& services, std::vector<std::string> domains)
{
    domains.resize(std::min(domains.size(), most));
    services.kept(state_name) = std::make_shared<std::vector<std::string>>(std::move(domains));
}

std::vector<std::string> own_domains(Services& services)
{
    const auto own = std::static_pointer_cast<std::vector<std::string>>(services.kept(state_name));
    return own ? *own : std::vector<std::string>{};
}
}
