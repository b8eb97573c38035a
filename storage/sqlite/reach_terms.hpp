// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/reach.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace storage::sqlite {
/// Lists as one bound value, to be read with json_each.
std::string json_list(std::span<const std::string> texts);
std::string json_list(std::span<const std::int64_t> numbers);

/// The hashes under which the history's index of terms has what lies within a reach.
std::vector<std::int64_t> reach_terms(const Reach& reach);
}
