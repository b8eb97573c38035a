// SPDX-License-Identifier: Apache-2.0
#include "filters/content/shingles.hpp"

#include "filters/content/hash64.hpp"

#include <algorithm>
#include <limits>

namespace filters::content {
namespace {
constexpr unsigned mass_of_shingle = 15;
constexpr std::size_t places = 64;

/// One for each hash function.
constexpr std::array<std::uint32_t, places> seeds = [] {
    std::array<std::uint32_t, places> all{};
    for (std::size_t i = 0; i < places; ++i)
        all[i] = static_cast<std::uint32_t>(mixed(i + 1));
    return all;
}();
}

std::vector<std::uint64_t> shingles_of(const TemplateText& text)
{
    const auto& tokens = text.tokens;
    std::vector<std::uint64_t> shingles;
    shingles.reserve(tokens.size());
    unsigned mass = 0;
    std::size_t end = 0;
    for (std::size_t first = 0; first < tokens.size(); ++first) {
        while (end < tokens.size() && mass < mass_of_shingle)
            mass += tokens[end++].mass;
        if (mass < mass_of_shingle)
            break;
        std::uint64_t hash = 0;
        for (std::size_t i = first; i < end; ++i)
            hash = mixed(hash + tokens[i].hash);
        shingles.push_back(hash);
        mass -= tokens[first].mass;
    }
    std::ranges::sort(shingles);
    const auto rest = std::ranges::unique(shingles);
    shingles.erase(rest.begin(), rest.end());
    return shingles;
}

std::array<std::uint8_t, 64> sketch_of(std::span<const std::uint64_t> shingles)
{
    std::array<std::uint32_t, places> least;
    least.fill(std::numeric_limits<std::uint32_t>::max());
    for (const auto shingle : shingles) {
        const auto value = static_cast<std::uint32_t>(shingle);
        for (std::size_t i = 0; i < places; ++i)
            least[i] = std::min(least[i], (value ^ seeds[i]) * 0x9E3779B1U);
    }
    std::array<std::uint8_t, places> sketch{};
    for (std::size_t i = 0; i < places; ++i)
        sketch[i] = static_cast<std::uint8_t>((least[i] * 0x85EBCA6BU) >> 24);
    return sketch;
}
}
