// SPDX-License-Identifier: Apache-2.0
#include "filters/content/compound_file.hpp"

#include "filters/content/character_reference.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::size_t header_size = 512, small_size = 64, entry_size = 128;
constexpr std::uint32_t last_sector = 0xFFFFFFFA; ///< larger numbers mean no sector

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t octets = 4)
{
    std::uint32_t value = 0;
    for (std::size_t i = octets; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

void append_numbers(std::vector<std::uint32_t>& out, std::string_view sector)
{
    for (std::size_t at = 0; at + 4 <= sector.size(); at += 4)
        out.push_back(number_at(sector, at));
}

std::string name_of(std::string_view entry)
{
    const std::size_t octets = std::min<std::size_t>(number_at(entry, 64, 2), 64);
    std::string name;
    for (std::size_t at = 0; at + 2 < octets; at += 2)
        append_character(name, number_at(entry, at, 2));
    return name;
}
}

std::optional<CompoundFile> CompoundFile::parse(std::string_view bytes)
{
    CompoundFile file{bytes};
    if (!bytes.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") || !file.read_header())
        return {};
    file.read_entries();
    return file;
}

std::string_view CompoundFile::sector(std::uint32_t number) const
{
    if (number >= last_sector)
        return {};
    const std::uint64_t at = (std::uint64_t{number} + 1) * sector_size_;
    return at < bytes_.size() ? bytes_.substr(at, sector_size_) : std::string_view{};
}

bool CompoundFile::read_header()
{
    if (bytes_.size() < header_size)
        return false;
    const auto shift = number_at(bytes_, 30, 2);
    if (shift != 9 && shift != 12)
        return false;
    sector_size_ = std::size_t{1} << shift;
    const std::size_t sectors = bytes_.size() / sector_size_ + 1;
    std::vector<std::uint32_t> table_sectors;
    append_numbers(table_sectors, bytes_.substr(76, header_size - 76));
    auto next = number_at(bytes_, 68);
    for (std::size_t i = 0; i < sectors && next < last_sector; ++i) {
        const auto more = sector(next);
        if (more.size() < sector_size_)
            break;
        append_numbers(table_sectors, more.substr(0, sector_size_ - 4));
        next = number_at(more, sector_size_ - 4);
    }
    std::vector<bool> seen(sectors + 1);
    for (const auto number : table_sectors)
        if (number < sectors && !seen[number]) {
            seen[number] = true;
            append_numbers(table_, sector(number));
        }
    cutoff_ = number_at(bytes_, 56);
    const auto small = chain(number_at(bytes_, 60), bytes_.size());
    append_numbers(small_table_, small);
    return true;
}

std::string CompoundFile::chain(std::uint32_t start, std::uint64_t size) const
{
    std::string out;
    auto number = start;
    while (out.size() < size) {
        const auto octets = sector(number);
        // Longer than the file: it runs in a circle.
        if (octets.empty() || out.size() > bytes_.size())
            break;
        out += octets;
        if (number >= table_.size())
            break;
        number = table_[number];
    }
    if (out.size() > size)
        out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string CompoundFile::small_chain(std::uint32_t start, std::uint64_t size) const
{
    std::string out;
    auto number = start;
    while (out.size() < size && out.size() <= small_sectors_.size()) {
        const std::uint64_t at = std::uint64_t{number} * small_size;
        if (number >= last_sector || at >= small_sectors_.size())
            break;
        out += std::string_view{small_sectors_}.substr(at, small_size);
        if (number >= small_table_.size())
            break;
        number = small_table_[number];
    }
    if (out.size() > size)
        out.resize(static_cast<std::size_t>(size));
    return out;
}

void CompoundFile::read_entries()
{
    auto directory = chain(number_at(bytes_, 48), entry_limit * entry_size + 1);
    is_cut_ = directory.size() > entry_limit * entry_size;
    directory.resize(std::min(directory.size(), entry_limit * entry_size));
    for (std::size_t at = 0; at + entry_size <= directory.size(); at += entry_size) {
        const auto raw = std::string_view{directory}.substr(at, entry_size);
        const int type = raw[66];
        constexpr int storage = 1, stream = 2, root = 5;
        Entry entry{name_of(raw), type == stream, number_at(raw, 116), number_at(raw, 120)};
        entry.number = static_cast<std::uint32_t>(at / entry_size);
        if (type == root && small_sectors_.empty())
            small_sectors_ = chain(entry.start, entry.size);
        if (type == storage || type == stream)
            entries_.push_back(std::move(entry));
    }
    find_storages(directory);
}

/// The members of a storage are a tree of siblings; one that is met twice belongs to the first.
void CompoundFile::find_storages(std::string_view directory)
{
    constexpr std::size_t left = 68, right = 72, child = 76;
    const std::size_t count = directory.size() / entry_size;
    std::vector<std::uint32_t> storage_of(count);
    std::vector<bool> seen(count);
    struct Place {
        std::uint32_t number, storage;
    };
    std::vector<Place> waiting{{0, 0}};
    while (!waiting.empty()) {
        const auto [number, storage] = waiting.back();
        waiting.pop_back();
        if (number >= count || seen[number])
            continue;
        seen[number] = true;
        storage_of[number] = storage;
        const auto raw = directory.substr(std::size_t{number} * entry_size, entry_size);
        waiting.push_back({number_at(raw, left), storage});
        waiting.push_back({number_at(raw, right), storage});
        waiting.push_back({number_at(raw, child), number});
    }
    for (auto& entry : entries_)
        entry.storage = storage_of[entry.number];
}

std::string CompoundFile::read(const Entry& entry, std::size_t limit) const
{
    const auto size = std::min<std::uint64_t>(entry.size, limit);
    return entry.size < cutoff_ ? small_chain(entry.start, size) : chain(entry.start, size);
}
}
