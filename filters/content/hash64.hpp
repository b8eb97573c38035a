// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace filters::content {
/// Spreads all bits over all bits (the finalizer of splitmix64).
constexpr std::uint64_t mixed(std::uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
}

/// FNV-1a, mixed: the same on every machine and in every version, because it is kept.
constexpr std::uint64_t hash64(std::string_view text)
{
    std::uint64_t value = 0xCBF29CE484222325;
    for (const char c : text)
        value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    return mixed(value);
}
}
