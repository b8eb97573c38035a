// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>

namespace filters::content {
/// Takes little-endian numbers and runs of octets from the front of a file's octets. Of what goes
/// beyond the end it gives what is there, and is not whole from then on.
class OctetReader {
public:
    explicit OctetReader(std::string_view octets) : rest_{octets} { }
    bool is_at_end() const { return rest_.empty(); }
    bool is_whole() const { return is_whole_; }

    std::uint32_t number(std::size_t octets)
    {
        std::uint32_t value = 0;
        const auto text = take(octets);
        for (std::size_t i = text.size(); i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(text[i]);
        return value;
    }
    std::string_view take(std::size_t size)
    {
        is_whole_ = is_whole_ && size <= rest_.size();
        const auto text = rest_.substr(0, size);
        rest_.remove_prefix(text.size());
        return text;
    }
    /// Up to the next NUL, which goes, too.
    std::string_view text()
    {
        const auto end = rest_.find('\0');
        is_whole_ = is_whole_ && end != rest_.npos;
        const auto text = take(end == rest_.npos ? rest_.size() : end);
        rest_.remove_prefix(rest_.empty() ? 0 : 1);
        return text;
    }
    /// What fills up to a multiple of four.
    void skip_padding(std::size_t size)
    {
        rest_.remove_prefix(std::min(rest_.size(), (4 - size % 4) % 4));
    }

private:
    std::string_view rest_;
    bool is_whole_ = true;
};
}
