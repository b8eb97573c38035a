// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/literal_index.hpp"

#include <algorithm>

namespace filters::rulebook {
void LiteralIndex::add(std::string_view literal, std::uint32_t value)
{
    constexpr std::size_t longest = 200;
    literal = literal.substr(0, longest);
    entries_.push_back({static_cast<std::uint32_t>(texts_.size()),
                        static_cast<std::uint16_t>(literal.size()), 0, value});
    texts_ += literal;
}

void LiteralIndex::build()
{
    fill(four_, 4);
    fill(three_, 3);
    fill(two_, 2);
}

void LiteralIndex::fill(Table& table, unsigned width)
{
    const auto is_ours = [&](const Entry& entry) {
        return width == 4 ? entry.length >= 4 : entry.length == width;
    };
    std::vector<std::uint32_t> counts(gram_places);
    const auto place_of = [&](const Entry& entry, std::size_t offset) {
        return hash(load(texts_.data() + entry.text + offset, width));
    };
    for (auto& entry : entries_) {
        if (!is_ours(entry))
            continue;
        std::size_t best = 0;
        for (std::size_t i = 1; i + width <= entry.length; ++i)
            if (counts[place_of(entry, i)] < counts[place_of(entry, best)])
                best = i;
        entry.offset = static_cast<std::uint16_t>(best);
        ++counts[place_of(entry, best)];
        table.entries.push_back(entry);
    }
    if (table.entries.empty())
        return;
    std::ranges::sort(table.entries, {},
                      [&](const Entry& entry) { return place_of(entry, entry.offset); });
    table.bits.assign(gram_places / 64, 0);
    table.starts.assign(gram_places + 1, 0);
    for (const auto& entry : table.entries) {
        const auto place = place_of(entry, entry.offset);
        table.bits[place / 64] |= std::uint64_t{1} << place % 64;
        ++table.starts[place + 1];
    }
    for (std::size_t i = 0; i < gram_places; ++i)
        table.starts[i + 1] += table.starts[i];
}

void lower_into(std::string_view text, std::string& lower)
{
    lower.resize(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        lower[i] = static_cast<char>(c + (static_cast<unsigned char>(c - 'A') < 26U ? 32U : 0U));
    }
}
}
