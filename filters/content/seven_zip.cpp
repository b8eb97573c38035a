// SPDX-License-Identifier: Apache-2.0
#include "filters/content/seven_zip.hpp"

#include "filters/content/octet_reader.hpp"

namespace filters::content {
namespace {
enum Property : std::uint32_t {
    finish = 0x00,
    packed_streams = 0x06,
    coders = 0x07,
    sizes = 0x09,
    check_sums = 0x0A,
    folder = 0x0B,
    unpacked_sizes = 0x0C,
    encoded_list = 0x17
};

/// A number of one to nine octets: the ones at the first one's top say how many follow.
std::uint64_t number(OctetReader& in)
{
    const auto first = in.number(1);
    std::uint64_t value = 0;
    unsigned more = 0;
    for (std::uint32_t mask = 0x80; (first & mask) != 0 && more < 8; mask >>= 1, ++more)
        value |= std::uint64_t{in.number(1)} << (8 * more);
    return more < 8 ? value | std::uint64_t{first & (0x7FU >> more)} << (8 * more) : value;
}

/// Of how many streams a folder's coders make their output.
std::uint64_t outputs_of_folder(OctetReader& in)
{
    constexpr std::uint32_t name_size = 0x0F, is_complex = 0x10, has_properties = 0x20;
    std::uint64_t inputs = 0, outputs = 0;
    for (auto left = number(in); left > 0 && in.is_whole(); --left) {
        const auto flags = in.number(1);
        in.take(flags & name_size);
        inputs += (flags & is_complex) != 0 ? number(in) : 1;
        outputs += (flags & is_complex) != 0 ? number(in) : 1;
        if ((flags & has_properties) != 0)
            in.take(number(in));
    }
    const auto pairs = outputs > 0 ? outputs - 1 : 0;
    const auto packed = inputs > pairs ? inputs - pairs : 0;
    for (auto left = 2 * pairs + (packed > 1 ? packed : 0); left > 0 && in.is_whole(); --left)
        number(in);
    return outputs;
}
}

std::uint64_t unpacked_list(std::string_view seven_zip)
{
    constexpr std::string_view signature = "7z\xBC\xAF\x27\x1C";
    constexpr std::size_t header = 32, rest_of_header = 12;
    if (!seven_zip.starts_with(signature) || seven_zip.size() < header)
        return 0;
    OctetReader fields{seven_zip.substr(rest_of_header, header - rest_of_header)};
    const auto low = fields.number(4), high = fields.number(4);
    const auto offset = std::uint64_t{high} << 32 | low;
    if (offset > seven_zip.size() - header)
        return 0;
    OctetReader in{seven_zip.substr(header + static_cast<std::size_t>(offset))};
    if (in.number(1) != encoded_list || in.number(1) != packed_streams)
        return 0;
    number(in);
    const auto streams = number(in);
    for (auto property = in.number(1); property != finish && in.is_whole();
         property = in.number(1)) {
        if (property == check_sums && in.number(1) == 1)
            in.take(4 * streams);
        else if (property == sizes)
            for (auto left = streams; left > 0 && in.is_whole(); --left)
                number(in);
        else
            return UINT64_MAX; // nobody writes that here
    }
    if (in.number(1) != coders || in.number(1) != folder)
        return 0;
    const auto folders = number(in);
    in.take(1);
    std::uint64_t outputs = 0, size = 0;
    for (auto left = folders; left > 0 && in.is_whole(); --left)
        outputs += outputs_of_folder(in);
    if (in.number(1) != unpacked_sizes)
        return 0;
    for (; outputs > 0 && in.is_whole(); --outputs)
        if (const auto one = number(in); one > UINT64_MAX - size)
            return UINT64_MAX;
        else
            size += one;
    return size;
}
}
