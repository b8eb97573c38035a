// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <limits>
#include <string_view>

namespace storage {
/// How many entries a scope of lists may have, which Lists::add holds to. Everyone's
/// lists are the administrator's and have no bound.
constexpr std::size_t most_list_entries(std::string_view scope)
{
    constexpr std::size_t most_of_user = 5'000, most_of_domain = 50'000;
    if (scope.empty())
        return std::numeric_limits<std::size_t>::max();
    return scope.contains('@') ? most_of_user : most_of_domain;
}
}
