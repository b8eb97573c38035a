// SPDX-License-Identifier: Apache-2.0
#include "filters/content/zip_directory.hpp"

#include "filters/content/zip_end.hpp"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace filters::content {
namespace {
struct Range {
    std::uint64_t begin, end;
    std::uint64_t whole_end; ///< with what the entry has of its own between name and octets
};

constexpr std::size_t header_size = 46, local_size = 30;
constexpr std::string_view entry_sign = "PK\x03\x04";
constexpr std::uint64_t stored = 0, deflated = 8;

/// What the directory and the entry itself say both.
struct Octets {
    std::uint64_t method, size, packed;
    bool is_encrypted;
};

/// ZIP64's fields, for sizes and offsets that do not fit (APPNOTE 4.5.3).
void read_extra(std::string_view extra, std::uint64_t& size, std::uint64_t& packed,
                std::uint64_t& offset)
{
    while (extra.size() >= 4) {
        const auto id = zip_number(extra, 0, 2);
        const auto length = zip_number(extra, 2, 2);
        extra.remove_prefix(4);
        auto field = extra.substr(0, length);
        if (id == 1)
            for (auto* value : {&size, &packed, &offset})
                if (*value == in_extra_field && field.size() >= 8) {
                    *value = zip_number(field, 0, 8);
                    field.remove_prefix(8);
                }
        extra.remove_prefix(field.size() < length ? extra.size() : length);
    }
}

/// From the flags on, which are the same in both kinds of headers.
Octets octets_of(std::string_view header, std::size_t flags)
{
    return {zip_number(header, flags + 2, 2), zip_number(header, flags + 16, 4),
            zip_number(header, flags + 12, 4), (zip_number(header, flags, 2) & 1) != 0};
}

/// What is written before its end is known has no sizes where it begins.
bool agree(const Octets& directory, const Octets& entry)
{
    const auto agrees = [](std::uint64_t one, std::uint64_t other) {
        return other == 0 || other == in_extra_field || one == other;
    };
    return directory.method == entry.method && directory.is_encrypted == entry.is_encrypted
        && agrees(directory.size, entry.size) && agrees(directory.packed, entry.packed);
}

constexpr std::size_t longest_target = 4096;

std::optional<std::string> inflated(std::string_view packed)
{
    std::array<char, longest_target + 1> out{};
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return {};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = out.size();
    const bool is_whole = inflate(&stream, Z_FINISH) == Z_STREAM_END;
    const std::size_t size = out.size() - stream.avail_out;
    inflateEnd(&stream);
    return is_whole ? std::optional{std::string{out.data(), size}} : std::nullopt;
}

std::optional<std::string> target_of(std::string_view zip, std::size_t data, const Octets& octets)
{
    if (octets.packed > longest_target || data > zip.size() || octets.packed > zip.size() - data)
        return {};
    const auto packed = zip.substr(data, static_cast<std::size_t>(octets.packed));
    auto target = octets.method == stored ? std::string{packed}
        : octets.method == deflated       ? inflated(packed)
                                          : std::nullopt;
    return target && target->size() == octets.size && !target->contains('\0') ? target
                                                                              : std::nullopt;
}

/// Goes through one directory, entry by entry.
class Directory {
public:
    Directory(std::string_view zip, ZipPlace place, std::size_t entry_limit, ZipDirectory& found)
        : zip_{zip}, place_{place}, entry_limit_{entry_limit}, found_{found}
    { }

    void read()
    {
        auto rest = zip_.substr(place_.directory);
        while (rest.size() >= header_size && rest.starts_with("PK\x01\x02")) {
            if (++found_.entries > entry_limit_)
                return;
            const auto name = zip_number(rest, 28, 2), extra = zip_number(rest, 30, 2);
            const auto length = header_size + name + extra;
            if (length > rest.size())
                break;
            add(rest.substr(0, length), rest.substr(header_size, name));
            rest.remove_prefix(std::min(rest.size(), length + zip_number(rest, 32, 2)));
        }
        compare_ranges();
    }

private:
    void add(std::string_view header, std::string_view name)
    {
        auto octets = octets_of(header, 8);
        auto offset = zip_number(header, 42, 4);
        read_extra(header.substr(header_size + name.size()), octets.size, octets.packed, offset);
        offset = std::min<std::uint64_t>(offset, zip_.size()) + place_.zip;
        constexpr std::uint64_t kind = 0xF000, link = 0xA000, unix_made = 3;
        ZipMember member{.name = name, .data = zip_.size() + 1};
        member.is_encrypted = octets.is_encrypted;
        member.packed
            = static_cast<std::size_t>(std::min<std::uint64_t>(octets.packed, zip_.size()));
        member.is_link
            = zip_number(header, 5, 1) == unix_made && (zip_number(header, 40, 2) & kind) == link;
        if (offset < zip_.size() && zip_.size() - offset >= local_size
            && zip_.substr(offset).starts_with(entry_sign))
            compare_entry(offset, octets, member);
        else {
            found_.is_ambiguous = true;
            found_.other_names.emplace_back(name);
        }
        found_.members.push_back(std::move(member));
    }

    void compare_entry(std::size_t offset, const Octets& octets, ZipMember& member)
    {
        const auto local = zip_.substr(offset);
        const auto name = zip_number(local, 26, 2), extra = zip_number(local, 28, 2);
        if (local.substr(local_size, name) != member.name) {
            found_.is_ambiguous = true;
            found_.other_names.emplace_back(member.name);
        }
        member.data = offset + local_size + name + extra;
        auto own = octets_of(local, 6);
        std::uint64_t unused = 0;
        if (local_size + name <= local.size())
            read_extra(local.substr(local_size + name, extra), own.size, own.packed, unused);
        found_.is_contradicted = found_.is_contradicted || !agree(octets, own);
        if (member.is_link && !octets.is_encrypted)
            member.target = target_of(zip_, member.data, octets);
        ranges_.push_back(
            {offset, offset + local_size + name + octets.packed, member.data + octets.packed});
    }

    /// Entries must not share octets, and none may stand where the directory has none.
    void compare_ranges()
    {
        std::ranges::sort(ranges_, {}, &Range::begin);
        ranges_.push_back({.begin = place_.directory, .end = 0, .whole_end = 0});
        if (ranges_.front().begin > 0 && zip_.starts_with(entry_sign))
            found_.is_ambiguous = true;
        for (std::size_t i = 1; i < ranges_.size(); ++i) {
            const auto from = ranges_[i - 1].whole_end, to = ranges_[i].begin;
            const bool is_last = i + 1 == ranges_.size();
            if (!is_last && to < ranges_[i - 1].end)
                found_.is_overlapping = true;
            if (from < to && zip_.substr(from, to - from).contains(entry_sign))
                found_.is_ambiguous = true;
        }
    }

    std::string_view zip_;
    ZipPlace place_;
    std::size_t entry_limit_;
    ZipDirectory& found_;
    std::vector<Range> ranges_;
};
}

ZipDirectory read_zip_directory(std::string_view zip, std::size_t entry_limit)
{
    ZipDirectory found;
    const auto end = find_zip_end(zip);
    found.is_found = end.is_found;
    found.is_ambiguous = end.is_ambiguous;
    found.end = end.end;
    if (!end.directories.empty())
        found.begin = end.directories.front().zip;
    for (const auto& place : end.directories)
        if (found.entries <= entry_limit)
            Directory{zip, place, entry_limit, found}.read();
    return found;
}
}
