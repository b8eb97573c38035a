// SPDX-License-Identifier: Apache-2.0
#include "filters/content/features.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace filters::content {
namespace {
/// Version, then both lists: count and width as 2 octets and 1, Rice codes of the differences.
constexpr char version = 2;

class BitWriter {
public:
    explicit BitWriter(std::string& out) : out_{out} { }
    ~BitWriter()
    {
        if (used_ > 0)
            out_ += static_cast<char>(octet_);
    }
    void put(unsigned bit)
    {
        octet_ |= bit << used_;
        if (++used_ == 8) {
            out_ += static_cast<char>(octet_);
            octet_ = used_ = 0;
        }
    }

private:
    std::string& out_;
    unsigned octet_ = 0, used_ = 0;
};

class BitReader {
public:
    explicit BitReader(std::string_view in) : in_{in} { }
    /// Zeros beyond the end.
    unsigned take()
    {
        const auto octet = at_ / 8;
        if (octet >= in_.size()) {
            is_over_ = true;
            return 0;
        }
        const auto bit = static_cast<unsigned char>(in_[octet]) >> (at_ % 8) & 1U;
        ++at_;
        return bit;
    }
    bool is_over() const { return is_over_; }
    std::size_t octets() const { return (at_ + 7) / 8; }

private:
    std::string_view in_;
    std::size_t at_ = 0;
    bool is_over_ = false;
};

void pack_list(std::string& out, const std::vector<std::uint32_t>& list)
{
    const auto count = static_cast<std::uint32_t>(list.size());
    const auto width = count == 0
        ? 0U
        : static_cast<unsigned>(std::bit_width((1U << Features::bits) / count) - 1);
    out += static_cast<char>(count & 0xff);
    out += static_cast<char>(count >> 8);
    out += static_cast<char>(width);
    BitWriter bits{out};
    std::uint32_t next = 0;
    for (const auto one : list) {
        const auto difference = one - next;
        for (auto i = difference >> width; i > 0; --i)
            bits.put(1);
        bits.put(0);
        for (unsigned i = 0; i < width; ++i)
            bits.put(difference >> i & 1);
        next = one + 1;
    }
}

bool unpack_list(std::string_view& in, std::vector<std::uint32_t>& list, std::size_t most)
{
    if (in.size() < 3)
        return false;
    const auto octet
        = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(in[i])}; };
    const std::size_t count = octet(0) | octet(1) << 8;
    const auto width = octet(2);
    if (count > most || width > Features::bits)
        return false;
    in.remove_prefix(3);
    BitReader bits{in};
    constexpr std::uint32_t end = 1U << Features::bits;
    std::uint32_t next = 0;
    list.clear();
    list.reserve(count);
    while (list.size() < count && !bits.is_over()) {
        std::uint32_t high = 0, low = 0;
        while (bits.take() && high <= end >> width)
            ++high;
        for (unsigned i = 0; i < width; ++i)
            low |= bits.take() << i;
        if (high > end >> width || (high << width | low) >= end - next)
            return false;
        next += (high << width | low);
        list.push_back(next++);
    }
    if (bits.is_over())
        return false;
    in.remove_prefix(bits.octets());
    return true;
}

bool is_ascending(const std::vector<std::uint32_t>& list, std::size_t most)
{
    return list.size() <= most
        && std::ranges::adjacent_find(list, std::ranges::greater_equal{}) == list.end()
        && (list.empty() || list.back() < 1U << Features::bits);
}
}

bool is_well_formed(const Features& features)
{
    return is_ascending(features.all, Features::most)
        && is_ascending(features.words, Features::most_words);
}

std::string pack(const Features& features)
{
    std::string out(1, version);
    pack_list(out, features.all);
    pack_list(out, features.words);
    return out;
}

bool unpack(std::string_view packed, Features& features)
{
    if (packed.size() > most_packed || packed.empty() || packed.front() != version)
        return false;
    packed.remove_prefix(1);
    features.texts.clear();
    return unpack_list(packed, features.all, Features::most)
        && unpack_list(packed, features.words, Features::most_words) && packed.empty();
}
}
