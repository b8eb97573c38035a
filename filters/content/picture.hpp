// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/limits.hpp"
#include "filters/content/oddity.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// A picture (PNG, JPEG, WebP, GIF's first frame), read as far as filters need.
struct PictureFacts {
    std::uint32_t width = 0, height = 0; ///< 0: not readable
    std::vector<std::string> codes; ///< texts of QR codes and the like in it, also inverted ones
    std::uint64_t perceptual_hash = 0; ///< alike for pictures that look alike; 0 none
    Oddities oddities;
};
PictureFacts read_picture(std::string_view bytes, const Limits& limits);
}
