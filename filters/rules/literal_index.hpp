// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// Finds which of many literals stand in a text, upper and lower case (ASCII) alike, in one pass:
/// each literal is filed under one of its runs of four, three or two octets, whichever fewest
/// others share. Add all, then `build`, then search.
class LiteralIndex {
public:
    /// `literal` in lower case, at least two octets; `value` is the caller's.
    void add(std::string_view literal, std::uint32_t value);
    void build();
    bool is_empty() const { return entries_.empty(); }
    /// Calls `found(value)` for each literal in `lower`, which is in lower case; some more than
    /// once.
    template <class Found> void search(std::string_view lower, Found&& found) const;

private:
    static constexpr unsigned gram_bits = 16;
    static constexpr std::size_t gram_places = std::size_t{1} << gram_bits;
    struct Entry {
        std::uint32_t text = 0; ///< in texts_
        std::uint16_t length = 0, offset = 0; ///< of the gram in the literal
        std::uint32_t value = 0;
    };
    /// Grams of one width: a bit for each hash, and the entries by hash.
    struct Table {
        std::vector<std::uint64_t> bits;
        std::vector<std::uint32_t> starts; ///< gram_places + 1; empty without entries
        std::vector<Entry> entries;
        bool has(std::uint32_t hash) const { return bits[hash / 64] >> hash % 64 & 1U; }
    };
    static std::uint32_t load(const char* at, unsigned width)
    {
        std::uint32_t gram = 0;
        for (unsigned i = 0; i < width; ++i)
            gram |= static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])) << 8U * i;
        return gram;
    }
    static std::uint32_t hash(std::uint32_t gram) { return gram * 0x9E3779B1U >> (32 - gram_bits); }
    template <unsigned width, class Found>
    void search_table(const Table& table, std::string_view lower, Found&& found) const;
    void fill(Table& table, unsigned width);

    std::vector<Entry> entries_; ///< of all tables, until they are built
    std::string texts_;
    Table four_, three_, two_;
};

template <unsigned width, class Found>
void LiteralIndex::search_table(const Table& table, std::string_view lower, Found&& found) const
{
    if (table.starts.empty() || lower.size() < width)
        return;
    const char* const data = lower.data();
    for (std::size_t i = 0; i + width <= lower.size(); ++i) {
        const auto place = hash(load(data + i, width));
        if (!table.has(place))
            continue;
        for (auto at = table.starts[place]; at < table.starts[place + 1]; ++at) {
            const auto& entry = table.entries[at];
            if (i < entry.offset || lower.size() - (i - entry.offset) < entry.length)
                continue;
            const auto here = lower.substr(i - entry.offset, entry.length);
            if (here == std::string_view{texts_}.substr(entry.text, entry.length))
                found(entry.value);
        }
    }
}

template <class Found> void LiteralIndex::search(std::string_view lower, Found&& found) const
{
    search_table<4>(four_, lower, found);
    search_table<3>(three_, lower, found);
    search_table<2>(two_, lower, found);
}

/// `text` with ASCII letters in lower case.
void lower_into(std::string_view text, std::string& lower);
}
