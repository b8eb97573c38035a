// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/template_text.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace filters::content {
/// Hashes of every three words that follow each other, or five characters of scripts without
/// blanks; ascending, each once.
std::vector<std::uint64_t> shingles_of(const TemplateText& text);

/// The least hash of all shingles under each of 64 hash functions, one octet of each: two sets
/// agree in as many places as they share elements (Broder 1997, b-bit min-hash of Li and König
/// 2010).
std::array<std::uint8_t, 64> sketch_of(std::span<const std::uint64_t> shingles);
}
