// SPDX-License-Identifier: Apache-2.0
#include "filters/content/tnef.hpp"

#include "filters/content/octet_reader.hpp"
#include "filters/content/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace filters::content {
namespace {
constexpr std::size_t longest_name = 1024;

std::string from_utf16(std::string_view text)
{
    auto name = to_utf8(text.substr(0, 2 * longest_name), "utf-16le", longest_name).utf8;
    return name.substr(0, name.find('\0'));
}

std::string from_octets(std::string_view text)
{
    text = text.substr(0, std::min(text.find('\0'), longest_name));
    return to_utf8(text, {}, longest_name).utf8;
}

class Reader {
public:
    Reader(ArchiveBudget& budget, Oddities& oddities,
           const std::function<void(const ArchiveEntry&)>& take)
        : budget_{budget}, oddities_{oddities}, take_{take}
    { }

    bool read(std::string_view bytes)
    {
        constexpr std::uint32_t signature = 0x223E9F78;
        OctetReader in{bytes};
        if (in.number(4) != signature)
            return false;
        in.number(2);
        while (!in.is_at_end() && !is_over_) {
            in.number(1);
            const auto id = in.number(2);
            in.number(2);
            const auto value = in.take(in.number(4));
            in.number(2);
            take(id, value);
        }
        finish_attachment();
        return in.is_whole();
    }

private:
    void take(std::uint32_t id, std::string_view value)
    {
        constexpr std::uint32_t begins = 0x9002, title = 0x8010, data = 0x800F, text = 0x800C,
                                properties = 0x9003, attached_properties = 0x9005;
        if (id == begins)
            finish_attachment();
        else if (id == title && name_.empty())
            name_ = from_octets(value);
        else if (id == data)
            data_ = value;
        else if (id == text)
            give("body.txt", value);
        else if (id == properties || id == attached_properties)
            read_properties(value);
    }

    void finish_attachment()
    {
        if (data_)
            give(name_, *data_);
        data_.reset();
        name_.clear();
    }

    static std::size_t fixed_size(std::uint32_t type)
    {
        constexpr std::array<std::uint32_t, 5> eight{5, 6, 7, 0x14, 0x40};
        constexpr std::uint32_t identifier = 0x48;
        if (type == identifier)
            return 16;
        return std::ranges::find(eight, type) != eight.end() ? 8 : 4;
    }
    static bool is_sized(std::uint32_t type)
    {
        constexpr std::array<std::uint32_t, 4> sized{0x0D, 0x1E, 0x1F, 0x102};
        return std::ranges::find(sized, type) != sized.end();
    }

    /// A list of MAPI's properties (MS-OXTNEF §2.1.3.4).
    void read_properties(std::string_view value)
    {
        OctetReader in{value};
        for (auto count = in.number(4); count > 0 && in.is_whole() && !is_over_; --count) {
            const auto type = in.number(2), id = in.number(2);
            if (id >= 0x8000)
                skip_name(in);
            constexpr std::uint32_t several = 0x1000;
            const bool is_one = !is_sized(type & ~several) && (type & several) == 0;
            auto values = is_one ? 1 : in.number(4);
            for (; values > 0 && in.is_whole(); --values) {
                const auto size
                    = is_sized(type & ~several) ? in.number(4) : fixed_size(type & ~several);
                const auto one = in.take(size);
                in.skip_padding(size);
                take_property(type, id, one);
            }
        }
    }
    static void skip_name(OctetReader& in)
    {
        in.take(16);
        const bool is_text = in.number(4) == 1;
        const auto size = in.number(4); // else the name is this number
        if (is_text) {
            in.take(size);
            in.skip_padding(size);
        }
    }

    void take_property(std::uint32_t type, std::uint32_t id, std::string_view value)
    {
        constexpr std::uint32_t long_name = 0x3707, object = 0x3701, html = 0x1013, rtf = 0x1009,
                                text = 0x1000, unicode = 0x1F, embedded = 0x0D;
        constexpr std::size_t interface_id = 16, longest_rtf = 4U << 20;
        if (id == long_name)
            name_ = type == unicode ? from_utf16(value) : from_octets(value);
        else if (id == object)
            data_ = value.substr(type == embedded ? std::min(interface_id, value.size()) : 0);
        else if (id == html)
            give("body.html", value);
        else if (id == text)
            give("body.txt", value);
        else if (id == rtf)
            give("body.rtf", unpacked_rtf(value, longest_rtf));
    }

    void give(std::string_view name, std::string_view bytes)
    {
        if (is_over_ || budget_.entries == 0 || bytes.size() > budget_.bytes) {
            if (!std::exchange(is_over_, true))
                oddities_.push_back({"over_limit", "a winmail.dat has too much in it", true});
            return;
        }
        --budget_.entries;
        budget_.bytes -= bytes.size();
        take_({.name = std::string{name}, .size = bytes.size(), .bytes = bytes});
    }

    ArchiveBudget& budget_;
    Oddities& oddities_;
    const std::function<void(const ArchiveEntry&)>& take_;
    std::string name_;
    std::optional<std::string_view> data_;
    bool is_over_ = false;
};
}

std::string unpacked_rtf(std::string_view packed, std::size_t limit)
{
    constexpr std::uint32_t compressed = 0x75465A4C, stored = 0x414C454D;
    constexpr std::size_t window = 4096;
    constexpr std::string_view usual
        = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
          "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New "
          "RomanCourier{\\colortbl\\red0\\green"
          "0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
    OctetReader in{packed};
    in.number(4);
    in.number(4);
    const auto kind = in.number(4);
    in.number(4);
    if (kind == stored)
        return std::string{packed.substr(std::min<std::size_t>(16, packed.size()), limit)};
    if (kind != compressed)
        return {};
    std::array<char, window> recent{};
    std::ranges::copy(usual, recent.begin());
    std::size_t at = usual.size();
    std::string out;
    const auto put = [&](char c) {
        out += c;
        recent[at++ % window] = c;
    };
    while (!in.is_at_end() && in.is_whole() && out.size() < limit) {
        auto flags = in.number(1);
        for (int bit = 0; bit < 8 && !in.is_at_end(); ++bit, flags >>= 1) {
            if ((flags & 1) == 0) {
                put(static_cast<char>(in.number(1)));
                continue;
            }
            const auto high = in.number(1);
            const auto token = high << 8 | in.number(1);
            if (token >> 4 == at % window)
                return out; // the end
            for (std::size_t i = 0; i < (token & 15) + 2; ++i)
                put(recent[((token >> 4) + i) % window]);
        }
    }
    return out;
}

bool walk_tnef(std::string_view bytes, ArchiveBudget& budget, Oddities& oddities,
               const std::function<void(const ArchiveEntry&)>& take)
{
    return Reader{budget, oddities, take}.read(bytes);
}
}
