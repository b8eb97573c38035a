// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace filters::content {
/// A picture as grey values, row by row, on white where it is transparent.
struct Pixels {
    std::uint32_t width = 0, height = 0; ///< as the file says; 0: not readable
    std::uint32_t columns = 0, rows = 0; ///< of `grey`, which may be smaller
    std::vector<std::uint8_t> grey; ///< empty: only the size is known
    bool is_over_limit = false;
};
/// The decoders; each reads one format and at most `limit` pixels.
Pixels read_png(std::string_view bytes, std::size_t limit);
Pixels read_jpeg(std::string_view bytes, std::size_t limit);
Pixels read_webp(std::string_view bytes, std::size_t limit);
Pixels read_gif(std::string_view bytes, std::size_t limit);
Pixels read_bmp(std::string_view bytes, std::size_t limit);

/// What people see of red, green and blue, with transparency on white.
inline std::uint8_t to_grey(unsigned red, unsigned green, unsigned blue, unsigned alpha = 255)
{
    const unsigned grey = (red * 77 + green * 150 + blue * 29) >> 8;
    return static_cast<std::uint8_t>((grey * alpha + 255 * (255 - alpha)) / 255);
}
}
