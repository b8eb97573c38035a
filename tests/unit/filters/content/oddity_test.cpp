// SPDX-License-Identifier: Apache-2.0
#include "filters/content/oddity.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

TEST_CASE("the names of oddities are words that a finding's name can end with")
{
    for (const auto name : filters::content::oddity_names())
        CHECK(std::ranges::all_of(name, [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); }));
}
