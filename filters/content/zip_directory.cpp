// SPDX-License-Identifier: Apache-2.0
#include "filters/content/zip_directory.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace filters::content {
namespace {
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t octets)
{
    std::uint64_t value = 0;
    for (std::size_t i = octets; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

struct Range {
    std::uint64_t begin, end;
};

constexpr std::uint64_t in_extra_field = 0xFFFFFFFF;

/// ZIP64's fields, for sizes and offsets that do not fit (APPNOTE 4.5.3).
void read_extra(std::string_view extra, std::uint64_t& size, std::uint64_t& packed,
                std::uint64_t& offset)
{
    while (extra.size() >= 4) {
        const auto id = number_at(extra, 0, 2);
        const auto length = number_at(extra, 2, 2);
        extra.remove_prefix(4);
        auto field = extra.substr(0, length);
        if (id == 1)
            for (auto* value : {&size, &packed, &offset})
                if (*value == in_extra_field && field.size() >= 8) {
                    *value = number_at(field, 0, 8);
                    field.remove_prefix(8);
                }
        extra.remove_prefix(field.size() < length ? extra.size() : length);
    }
}

struct Place {
    std::size_t directory, zip, end;
};

/// Where the central directory and its zip begin, or nowhere.
std::optional<Place> find_directory(std::string_view zip)
{
    constexpr std::size_t record = 22, longest_comment = 65535;
    if (zip.size() < record)
        return {};
    const auto from = zip.size() - std::min(zip.size(), record + longest_comment);
    auto end = zip.substr(from).rfind("PK\x05\x06");
    if (end == zip.npos || (end += from) + record > zip.size())
        return {};
    const auto size = number_at(zip, end + 12, 4);
    auto start = number_at(zip, end + 16, 4);
    constexpr std::size_t locator = 20;
    if (start == in_extra_field && end >= locator
        && zip.substr(end - locator).starts_with("PK\x06\x07")) {
        const auto at = number_at(zip, end - locator + 8, 8);
        if (at > zip.size() || zip.size() - at < 56)
            return {};
        start = number_at(zip, at + 48, 8);
    } else if (size <= end && zip.substr(end - size).starts_with("PK\x01\x02"))
        // Offsets count from the zip's own beginning, or from that of what stands before it.
        return Place{end - size, end - size > start ? end - size - start : 0, end + record};
    if (start >= zip.size())
        return {};
    return Place{static_cast<std::size_t>(start), 0, end + record};
}
}

ZipDirectory read_zip_directory(std::string_view zip, std::size_t entry_limit)
{
    constexpr std::size_t header = 46, local_header = 30;
    ZipDirectory found;
    auto at = find_directory(zip);
    if (!at)
        return found;
    found.is_found = true;
    const auto directory = at->directory;
    found.begin = at->zip;
    found.end = at->end;
    std::vector<Range> ranges;
    auto rest = zip.substr(directory);
    while (rest.size() >= header && rest.starts_with("PK\x01\x02")) {
        if (++found.entries > entry_limit)
            return found;
        const auto name = number_at(rest, 28, 2), extra = number_at(rest, 30, 2);
        auto packed = number_at(rest, 20, 4), size = number_at(rest, 24, 4);
        auto offset = number_at(rest, 42, 4);
        constexpr std::uint64_t kind = 0xF000, link = 0xA000;
        const auto attributes = number_at(rest, 40, 2);
        if (header + name + extra > rest.size())
            break;
        read_extra(rest.substr(header + name, extra), size, packed, offset);
        constexpr std::uint64_t unix_made = 3;
        if (number_at(rest, 5, 1) == unix_made && (attributes & kind) == link)
            found.link_octets += std::min<std::uint64_t>(size, zip.size());
        offset = std::min<std::uint64_t>(offset, zip.size()) + found.begin;
        if (offset < zip.size() && zip.size() - offset >= local_header) {
            const auto local = zip.substr(offset);
            const auto local_name = number_at(local, 26, 2);
            const bool is_there = local.starts_with("PK\x03\x04");
            if (!is_there || local.substr(local_header, local_name) != rest.substr(header, name)) {
                found.is_ambiguous = true;
                found.other_names.emplace_back(rest.substr(header, name));
            }
            if (is_there)
                ranges.push_back({offset, offset + local_header + local_name + packed});
        } else
            found.is_ambiguous = true;
        rest.remove_prefix(std::min(rest.size(), header + name + extra + number_at(rest, 32, 2)));
    }
    std::ranges::sort(ranges, {}, &Range::begin);
    for (std::size_t i = 1; i < ranges.size(); ++i)
        found.is_overlapping = found.is_overlapping || ranges[i].begin < ranges[i - 1].end;
    const auto first = ranges.empty() ? directory : ranges.front().begin;
    found.is_ambiguous = found.is_ambiguous || (first > 0 && zip.starts_with("PK\x03\x04"));
    return found;
}
}
