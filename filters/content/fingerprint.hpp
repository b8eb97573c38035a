// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace filters::content {
/// What stays of a text or a file under small changes, and what does not.
struct Fingerprint {
    enum class Kind { text, file, picture } kind = Kind::text;
    std::string path; ///< of the part: "1.2"
    std::array<std::uint64_t, 2> exact{}; ///< of the normalised text, of a file's octets
    /// text: min-hashes of its shingles, place by place; picture: [0] is its perceptual hash.
    std::array<std::uint64_t, 16> sketch{};
    std::uint32_t size = 0; ///< shingles of a text, octets of a file
};
}
