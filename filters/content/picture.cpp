// SPDX-License-Identifier: Apache-2.0
#include "filters/content/picture.hpp"

#include "filters/content/pixels.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#define ZX_USE_UTF8 1
#include <ReadBarcode.h>

namespace filters::content {
namespace {
constexpr std::size_t most_codes = 8, longest_code = 4096, least_side = 21;

Pixels decode(std::string_view bytes, std::size_t limit)
{
    if (bytes.starts_with("\x89PNG"))
        return read_png(bytes, limit);
    if (bytes.starts_with("\xFF\xD8\xFF"))
        return read_jpeg(bytes, limit);
    if (bytes.starts_with("RIFF"))
        return read_webp(bytes, limit);
    if (bytes.starts_with("GIF8"))
        return read_gif(bytes, limit);
    return bytes.starts_with("BM") ? read_bmp(bytes, limit) : Pixels{};
}

/// At most `side` columns and rows, each the average of what it stands for.
Pixels shrunk(const Pixels& pixels, std::uint32_t side)
{
    const std::uint32_t step = (std::max(pixels.columns, pixels.rows) + side - 1) / side;
    if (step <= 1)
        return pixels;
    Pixels small;
    small.columns = std::max(1U, pixels.columns / step);
    small.rows = std::max(1U, pixels.rows / step);
    small.grey.resize(std::size_t{small.columns} * small.rows);
    for (std::uint32_t y = 0; y < small.rows; ++y)
        for (std::uint32_t x = 0; x < small.columns; ++x) {
            std::uint32_t sum = 0, count = 0;
            for (std::uint32_t v = y * step; v < std::min((y + 1) * step, pixels.rows); ++v)
                for (std::uint32_t u = x * step; u < std::min((x + 1) * step, pixels.columns);
                     ++u) {
                    sum += pixels.grey[std::size_t{v} * pixels.columns + u];
                    ++count;
                }
            small.grey[std::size_t{y} * small.columns + x]
                = static_cast<std::uint8_t>(count == 0 ? 255 : sum / count);
        }
    return small;
}

void find_codes(std::vector<std::string>& codes, const Pixels& pixels)
{
    using ZXing::BarcodeFormat;
    ZXing::DecodeHints hints;
    hints.setFormats(BarcodeFormat::QRCode | BarcodeFormat::MicroQRCode | BarcodeFormat::DataMatrix
                     | BarcodeFormat::Aztec);
    hints.setTryHarder(true).setTryRotate(false).setMaxNumberOfSymbols(most_codes);
    const ZXing::ImageView view{pixels.grey.data(), static_cast<int>(pixels.columns),
                                static_cast<int>(pixels.rows), ZXing::ImageFormat::Lum};
    for (const auto& result : ZXing::ReadBarcodes(view, hints)) {
        std::string text;
        mail::append_utf8(text, result.text());
        text.resize(std::min(text.size(), longest_code));
        if (codes.size() < most_codes && std::ranges::find(codes, text) == codes.end())
            codes.push_back(std::move(text));
    }
}

/// The signs of the 64 lowest frequencies of a 32 by 32 picture against their middle: alike for
/// pictures that were scaled, recompressed or changed a little.
std::uint64_t perceptual_hash(const Pixels& pixels)
{
    constexpr std::size_t side = 32, low = 8;
    std::array<std::array<float, side>, side> grid{};
    for (std::size_t y = 0; y < side; ++y)
        for (std::size_t x = 0; x < side; ++x) {
            const std::size_t row = y * pixels.rows / side, column = x * pixels.columns / side;
            grid[y][x] = pixels.grey[row * pixels.columns + column];
        }
    static const auto waves = [] {
        std::array<std::array<float, side>, low> all{};
        for (std::size_t k = 0; k < low; ++k)
            for (std::size_t i = 0; i < side; ++i)
                all[k][i] = static_cast<float>(
                    std::cos(std::numbers::pi * (2.0 * static_cast<double>(i) + 1)
                             * static_cast<double>(k) / (2.0 * side)));
        return all;
    }();
    std::array<float, low * low> values{};
    for (std::size_t v = 0; v < low; ++v)
        for (std::size_t y = 0; y < side; ++y)
            for (std::size_t u = 0; u < low; ++u)
                for (std::size_t x = 0; x < side; ++x)
                    values[v * low + u] += grid[y][x] * waves[u][x] * waves[v][y];
    auto sorted = values;
    sorted[0] = 0; // the average says nothing of the shape
    std::ranges::nth_element(sorted, sorted.begin() + sorted.size() / 2);
    const float middle = sorted[sorted.size() / 2];
    std::uint64_t hash = 0;
    for (std::size_t i = 1; i < values.size(); ++i)
        hash |= std::uint64_t{values[i] > middle} << i;
    return hash;
}

bool is_plain(const Pixels& pixels)
{
    const auto [least, most] = std::ranges::minmax(pixels.grey);
    constexpr int contrast = 16;
    return most - least < contrast;
}
}

PictureFacts read_picture(std::string_view bytes, const Limits& limits)
{
    PictureFacts facts;
    const Pixels pixels = decode(bytes, limits.pixels);
    facts.width = pixels.width;
    facts.height = pixels.height;
    if (pixels.is_over_limit)
        facts.oddities.push_back({"over_limit", "a picture has too many pixels", true});
    if (pixels.grey.empty() || is_plain(pixels))
        return facts;
    constexpr std::uint32_t side_for_codes = 1200, side_for_hash = 64;
    facts.perceptual_hash = perceptual_hash(shrunk(pixels, side_for_hash));
    if (std::min(pixels.columns, pixels.rows) < least_side)
        return facts;
    auto small = shrunk(pixels, side_for_codes);
    find_codes(facts.codes, small);
    for (auto& value : small.grey)
        value = static_cast<std::uint8_t>(255 - value);
    find_codes(facts.codes, small);
    return facts;
}
}
