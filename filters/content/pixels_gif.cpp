// SPDX-License-Identifier: Apache-2.0
#include "filters/content/pixels.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace filters::content {
namespace {
using Palette = std::array<std::uint8_t, 256>;

/// Octets of a GIF or BMP, read one after the other; 0 beyond the end.
class Octets {
public:
    explicit Octets(std::string_view bytes) : rest_{bytes} { }
    unsigned one()
    {
        const auto taken = take(1);
        return taken.empty() ? 0 : static_cast<unsigned char>(taken[0]);
    }
    unsigned two()
    {
        const unsigned low = one();
        return low | one() << 8;
    }
    std::string_view take(std::size_t count)
    {
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    bool is_empty() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

void read_palette(Palette& palette, Octets& octets, unsigned flags)
{
    const std::size_t count = std::size_t{2} << (flags & 7);
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned red = octets.one(), green = octets.one(), blue = octets.one();
        palette[i] = to_grey(red, green, blue);
    }
}

std::string joined_blocks(Octets& octets)
{
    std::string out;
    while (const unsigned size = octets.one())
        out += octets.take(size);
    return out;
}

/// GIF's variant of LZW: codes of growing width, low bits first.
class Unpacker {
public:
    Unpacker(std::string_view packed, unsigned width)
        : packed_{packed}, first_width_{width}, clear_{1U << width}
    {
        reset();
    }

    /// Appends up to `count` colour numbers.
    void run(std::vector<std::uint8_t>& out, std::size_t count)
    {
        while (out.size() < count) {
            const unsigned code = next();
            if (code == clear_)
                reset();
            else if (code == clear_ + 1 || !add(out, code))
                return;
        }
    }

private:
    static constexpr unsigned most = 4096, none = most;

    void reset()
    {
        width_ = first_width_ + 1;
        next_code_ = clear_ + 2;
        previous_ = none;
    }

    unsigned next()
    {
        while (bits_ < width_ && at_ < packed_.size()) {
            buffer_ |= static_cast<std::uint32_t>(static_cast<unsigned char>(packed_[at_++]))
                << bits_;
            bits_ += 8;
        }
        if (bits_ < width_)
            return clear_ + 1;
        const unsigned code = buffer_ & ((1U << width_) - 1);
        buffer_ >>= width_;
        bits_ -= width_;
        return code;
    }

    bool add(std::vector<std::uint8_t>& out, unsigned code)
    {
        if (code > next_code_ || (previous_ == none && code >= clear_))
            return false;
        std::array<std::uint8_t, most + 1> reversed{};
        std::size_t length = 0;
        unsigned walk = code;
        if (code == next_code_) {
            if (previous_ == none)
                return false;
            reversed[length++] = first_;
            walk = previous_;
        }
        for (; walk >= clear_ + 2 && length < most; walk = prefix_[walk])
            reversed[length++] = suffix_[walk];
        first_ = static_cast<std::uint8_t>(walk);
        reversed[length++] = first_;
        while (length > 0)
            out.push_back(reversed[--length]);
        if (previous_ != none && next_code_ < most) {
            prefix_[next_code_] = static_cast<std::uint16_t>(previous_);
            suffix_[next_code_++] = first_;
            if (next_code_ == 1U << width_ && width_ < 12)
                ++width_;
        }
        previous_ = code;
        return true;
    }

    std::string_view packed_;
    std::size_t at_ = 0;
    std::uint32_t buffer_ = 0;
    unsigned bits_ = 0, first_width_, width_ = 0, clear_, next_code_ = 0, previous_ = none;
    std::uint8_t first_ = 0;
    std::array<std::uint16_t, most> prefix_{};
    std::array<std::uint8_t, most> suffix_{};
};

void place(Pixels& pixels, const std::vector<std::uint8_t>& colours, const Palette& palette,
           const std::array<unsigned, 4>& frame, bool is_interlaced)
{
    const auto [left, top, width, height] = frame;
    std::vector<unsigned> rows;
    if (is_interlaced)
        for (const auto& [start, step] : {std::pair{0U, 8U}, {4U, 8U}, {2U, 4U}, {1U, 2U}})
            for (unsigned y = start; y < height; y += step)
                rows.push_back(y);
    for (std::size_t i = 0; i < colours.size(); ++i) {
        const auto line = static_cast<unsigned>(i / width);
        const std::size_t x = left + i % width, y = top + (is_interlaced ? rows[line] : line);
        if (x < pixels.columns && y < pixels.rows)
            pixels.grey[y * pixels.columns + x] = palette[colours[i]];
    }
}

void read_frame(Pixels& pixels, Octets& octets, Palette palette, std::size_t limit)
{
    const unsigned left = octets.two(), top = octets.two();
    const unsigned width = octets.two(), height = octets.two(), flags = octets.one();
    if ((flags & 0x80) != 0)
        read_palette(palette, octets, flags);
    const unsigned code_width = octets.one();
    if (code_width < 1 || code_width > 8 || width == 0 || height == 0
        || std::size_t{width} * height > limit)
        return;
    const std::string packed = joined_blocks(octets);
    std::vector<std::uint8_t> colours;
    const std::size_t count = std::size_t{width} * height;
    Unpacker{packed, code_width}.run(colours, count);
    colours.resize(std::min(colours.size(), count));
    pixels.grey.assign(std::size_t{pixels.columns} * pixels.rows, 255);
    place(pixels, colours, palette, {left, top, width, height}, (flags & 0x40) != 0);
}
}

Pixels read_gif(std::string_view bytes, std::size_t limit)
{
    Pixels pixels;
    if (bytes.size() < 13)
        return pixels;
    Octets octets{bytes.substr(6)};
    pixels.width = pixels.columns = octets.two();
    pixels.height = pixels.rows = octets.two();
    pixels.is_over_limit = std::size_t{pixels.width} * pixels.height > limit;
    const unsigned flags = octets.one();
    octets.take(2);
    Palette palette{};
    if ((flags & 0x80) != 0)
        read_palette(palette, octets, flags);
    constexpr unsigned extension = 0x21, frame = 0x2C;
    while (!octets.is_empty() && !pixels.is_over_limit && pixels.width > 0 && pixels.height > 0) {
        const unsigned block = octets.one();
        if (block == frame) {
            read_frame(pixels, octets, palette, limit);
            break;
        }
        if (block != extension)
            break;
        octets.one();
        joined_blocks(octets);
    }
    return pixels;
}

/// Sizes only: nobody sends them as pictures to be seen.
Pixels read_bmp(std::string_view bytes, std::size_t limit)
{
    Pixels pixels;
    if (bytes.size() < 26)
        return pixels;
    Octets octets{bytes.substr(18)};
    const unsigned width_low = octets.two(), width_high = octets.two();
    const unsigned height_low = octets.two(), height_high = octets.two();
    pixels.width = width_low | width_high << 16;
    const auto height = static_cast<std::int32_t>(height_low | height_high << 16);
    pixels.height
        = height < 0 ? 0U - static_cast<std::uint32_t>(height) : static_cast<std::uint32_t>(height);
    pixels.is_over_limit = std::uint64_t{pixels.width} * pixels.height > limit;
    return pixels;
}
}
