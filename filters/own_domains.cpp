// SPDX-License-Identifier: Apache-2.0
#include "filters/own_domains.hpp"

#include <algorithm>
#include <iterator>

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

std::vector<std::string> protected_names(std::vector<std::string> chosen, Services& services)
{
    const auto own = std::static_pointer_cast<std::vector<std::string>>(services.kept(state_name));
    if (own)
        std::ranges::copy(*own, std::back_inserter(chosen));
    return chosen;
}
}
