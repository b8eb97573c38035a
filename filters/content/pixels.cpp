// SPDX-License-Identifier: Apache-2.0
#include "filters/content/pixels.hpp"

#include <memory>
#include <spng.h>
#include <turbojpeg.h>
#include <webp/decode.h>

namespace filters::content {
namespace {
constexpr std::uint32_t enough = 2000; ///< columns and rows that codes and hashes need of a JPEG

const unsigned char* octets(std::string_view bytes)
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// False: too many pixels, or none.
bool take_size(Pixels& pixels, std::uint64_t width, std::uint64_t height, std::size_t limit)
{
    pixels.width = pixels.columns = static_cast<std::uint32_t>(width);
    pixels.height = pixels.rows = static_cast<std::uint32_t>(height);
    pixels.is_over_limit = width * height > limit;
    return width > 0 && height > 0 && !pixels.is_over_limit;
}

void take_colours(Pixels& pixels, const unsigned char* rgba)
{
    pixels.grey.resize(std::size_t{pixels.columns} * pixels.rows);
    for (std::size_t i = 0; i < pixels.grey.size(); ++i, rgba += 4)
        pixels.grey[i] = to_grey(rgba[0], rgba[1], rgba[2], rgba[3]);
}
}

Pixels read_png(std::string_view bytes, std::size_t limit)
{
    Pixels pixels;
    const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context{
        spng_ctx_new(SPNG_CTX_IGNORE_ADLER32), &spng_ctx_free};
    if (!context)
        throw std::bad_alloc{};
    constexpr std::size_t chunk_limit = 4U << 20;
    spng_set_chunk_limits(context.get(), chunk_limit, chunk_limit);
    spng_set_crc_action(context.get(), SPNG_CRC_USE, SPNG_CRC_USE);
    spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
    spng_ihdr header{};
    if (spng_get_ihdr(context.get(), &header) != 0
        || !take_size(pixels, header.width, header.height, limit))
        return pixels;
    if (header.interlace_method != SPNG_INTERLACE_NONE) {
        std::vector<unsigned char> all(std::size_t{header.width} * header.height * 4, 255);
        spng_decode_image(context.get(), all.data(), all.size(), SPNG_FMT_RGBA8, SPNG_DECODE_TRNS);
        take_colours(pixels, all.data());
        return pixels;
    }
    if (spng_decode_image(context.get(), nullptr, 0, SPNG_FMT_RGBA8,
                          SPNG_DECODE_TRNS | SPNG_DECODE_PROGRESSIVE)
        != 0)
        return pixels;
    std::vector<unsigned char> row(std::size_t{header.width} * 4);
    pixels.grey.assign(std::size_t{header.width} * header.height, 255);
    spng_row_info info{};
    int result = 0;
    while (result == 0 && spng_get_row_info(context.get(), &info) == 0) {
        result = spng_decode_row(context.get(), row.data(), row.size());
        if (result != 0 && result != SPNG_EOI)
            break;
        auto* out = &pixels.grey[std::size_t{info.row_num} * header.width];
        for (std::size_t x = 0; x < header.width; ++x)
            out[x] = to_grey(row[4 * x], row[4 * x + 1], row[4 * x + 2], row[4 * x + 3]);
    }
    return pixels;
}

Pixels read_jpeg(std::string_view bytes, std::size_t limit)
{
    Pixels pixels;
    const std::unique_ptr<void, decltype(&tjDestroy)> reader{tjInitDecompress(), &tjDestroy};
    if (!reader)
        throw std::bad_alloc{};
    int width = 0, height = 0, sampling = 0, space = 0;
    if (tjDecompressHeader3(reader.get(), octets(bytes), bytes.size(), &width, &height, &sampling,
                            &space)
            != 0
        || !take_size(pixels, static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height),
                      limit))
        return pixels;
    int scale = 1;
    while (scale < 8 && static_cast<std::uint32_t>(std::min(width, height) / scale) > enough)
        scale *= 2;
    const tjscalingfactor factor{1, scale};
    const int columns = TJSCALED(width, factor), rows = TJSCALED(height, factor);
    pixels.columns = static_cast<std::uint32_t>(columns);
    pixels.rows = static_cast<std::uint32_t>(rows);
    pixels.grey.assign(std::size_t{pixels.columns} * pixels.rows, 255);
    constexpr int flags = TJFLAG_LIMITSCANS | TJFLAG_FASTDCT | TJFLAG_FASTUPSAMPLE;
    const bool is_printing = space == TJCS_CMYK || space == TJCS_YCCK;
    // A picture that breaks off still shows what came before.
    if (tjDecompress2(reader.get(), octets(bytes), bytes.size(), pixels.grey.data(), columns, 0,
                      rows, TJPF_GRAY, flags)
            != 0
        && is_printing)
        pixels.grey.clear();
    return pixels;
}

Pixels read_webp(std::string_view bytes, std::size_t limit)
{
    Pixels pixels;
    int width = 0, height = 0;
    if (WebPGetInfo(octets(bytes), bytes.size(), &width, &height) == 0
        || !take_size(pixels, static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height),
                      limit))
        return pixels;
    const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> rgba{
        WebPDecodeRGBA(octets(bytes), bytes.size(), &width, &height), &WebPFree};
    if (rgba)
        take_colours(pixels, rgba.get());
    return pixels;
}
}
