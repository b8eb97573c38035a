// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>

/// Ends a fuzz target where something that must always hold does not.
inline void require(bool holds)
{
    if (!holds)
        std::abort();
}
