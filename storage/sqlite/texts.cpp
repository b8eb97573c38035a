// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/texts.hpp"

#include "gateway/mail/utf8.hpp"

#include <cstdint>

namespace storage::sqlite {
namespace {
constexpr std::size_t shown_limit = 512;

void append_number(std::string& out, std::uint64_t value)
{
    for (unsigned shift = 0; shift < 64; shift += 8)
        out += static_cast<char>((value >> shift) & 0xff);
}

std::uint64_t number_at(std::string_view bytes, std::size_t place)
{
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[place + i]))
            << (8 * i);
    return value;
}

bool is_continuation(char octet) { return (static_cast<unsigned char>(octet) & 0xc0) == 0x80; }
}

std::string stored_ranges(const std::vector<mail::Range>& ranges)
{
    std::string stored;
    stored.reserve(ranges.size() * 16);
    for (const auto& range : ranges) {
        append_number(stored, range.offset);
        append_number(stored, range.length);
    }
    return stored;
}

std::vector<mail::Range> ranges_from(std::string_view stored)
{
    std::vector<mail::Range> ranges;
    ranges.reserve(stored.size() / 16);
    for (std::size_t place = 0; place + 16 <= stored.size(); place += 16)
        ranges.push_back({number_at(stored, place), number_at(stored, place + 8)});
    return ranges;
}

std::string shown(std::string_view text)
{
    auto end = std::min(text.size(), shown_limit);
    if (end < text.size()) {
        // A character that does not fit whole goes whole; more than three octets back is no
        // character.
        for (unsigned back = 0; back < 3 && end > 0 && is_continuation(text[end]); ++back)
            --end;
        text = text.substr(0, end);
    }
    if (mail::is_utf8(text))
        return std::string{text};
    std::string valid;
    mail::append_utf8(valid, text);
    if (valid.size() <= shown_limit)
        return valid;
    end = shown_limit;
    while (end > 0 && is_continuation(valid[end]))
        --end;
    valid.resize(end);
    return valid;
}

std::string like_escaped(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\')
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string like_pattern(std::string_view text) { return "%" + like_escaped(text) + "%"; }
}
