// SPDX-License-Identifier: Apache-2.0
#include "filters/fingerprint_index.hpp"

#include "filters/content/hash64.hpp"

#include <algorithm>
#include <bit>

namespace filters {
namespace {
using content::Fingerprint;
using content::mixed;

constexpr std::size_t exact_key = 0, rows = 3, quarters = 4, bits_of_quarter = 16;
constexpr std::size_t first_heads = 1U << 12, heads_an_entry = 16;
/// Chains that somebody made long on purpose are not followed to their end.
constexpr std::size_t longest_walk = 200, most_near = 2000;

std::uint64_t key_of(std::size_t band, std::uint64_t value)
{
    return mixed((value << 6) + band) | 1;
}

std::uint64_t quarter_of(std::uint64_t look, std::size_t quarter)
{
    return (look >> (quarter * bits_of_quarter)) & 0xFFFF;
}
}

FingerprintIndex::FingerprintIndex() : heads_(first_heads, nowhere) { }

FingerprintIndex::Keys FingerprintIndex::keys_of(const Fingerprint& print)
{
    Keys all{};
    all[exact_key] = key_of(static_cast<std::size_t>(print.kind), print.exact[0]);
    if (print.shingles > 0)
        for (std::size_t band = 0; band < bands; ++band) {
            std::uint64_t value = 0;
            for (std::size_t row = 0; row < rows; ++row)
                value = value << 8 | print.sketch[band * rows + row];
            all[band + 1] = key_of(band + 4, value);
        }
    if (print.look != 0)
        for (std::size_t quarter = 0; quarter < quarters; ++quarter)
            all[quarter + 1] = key_of(quarter + 40, quarter_of(print.look, quarter));
    return all;
}

void FingerprintIndex::link(Place place)
{
    const auto all = keys_of(entries_[place].print);
    for (std::size_t i = 0; i < keys; ++i)
        if (all[i] != 0) {
            auto& head = heads_[slot(all[i])];
            nodes_[place].next[i] = head;
            head = static_cast<Link>(place * keys + i);
        }
}

void FingerprintIndex::reserve(std::size_t entries)
{
    if (const auto size = std::bit_ceil(entries * heads_an_entry); size > heads_.size())
        resize_heads(size);
}

void FingerprintIndex::resize_heads(std::size_t size)
{
    heads_.assign(size, nowhere);
    for (Place place = 0; place < end(); ++place)
        if (nodes_[place].is_used)
            link(place);
}

FingerprintIndex::Place FingerprintIndex::insert(FingerprintEntry entry)
{
    if (free_.empty()) {
        free_.push_back(end());
        entries_.add();
        nodes_.add();
    }
    const auto place = free_.back();
    free_.pop_back();
    entries_[place] = std::move(entry);
    nodes_[place].is_used = true;
    link(place);
    if (size() * heads_an_entry > heads_.size())
        resize_heads(2 * heads_.size());
    return place;
}

void FingerprintIndex::remove(Place place)
{
    const auto all = keys_of(entries_[place].print);
    for (std::size_t i = 0; i < keys; ++i) {
        if (all[i] == 0)
            continue;
        auto* link = &heads_[slot(all[i])];
        while (*link != place * keys + i)
            link = &nodes_[*link / keys].next[*link % keys];
        *link = nodes_[place].next[i];
    }
    nodes_[place].is_used = false;
    entries_[place] = {};
    free_.push_back(place);
}

FingerprintIndex::Place FingerprintIndex::find(const Fingerprint& print) const
{
    const auto key = key_of(static_cast<std::size_t>(print.kind), print.exact[0]);
    std::size_t steps = 0;
    for (auto link = heads_[slot(key)]; link != nowhere && steps < longest_walk; ++steps) {
        const auto place = static_cast<Place>(link / keys);
        const auto& known = entries_[place].print;
        if (known.kind == print.kind && known.exact == print.exact)
            return place;
        link = nodes_[place].next[link % keys];
    }
    return nowhere;
}

void FingerprintIndex::walk(std::uint64_t key, std::size_t number, std::vector<Place>& found) const
{
    std::size_t steps = 0;
    for (auto link = heads_[slot(key)]; link != nowhere && steps < longest_walk; ++steps) {
        if (link % keys == number)
            found.push_back(static_cast<Place>(link / keys));
        link = nodes_[link / keys].next[link % keys];
    }
}

/// The bands lie far from each other in memory: all are asked for before the first is looked at.
void FingerprintIndex::expect(const Keys& all) const
{
    for (std::size_t i = 1; i < keys; ++i)
        __builtin_prefetch(&heads_[slot(all[i])]);
    for (std::size_t i = 1; i < keys; ++i)
        if (const auto link = heads_[slot(all[i])]; link != nowhere)
            __builtin_prefetch(&nodes_[link / keys].next[link % keys]);
}

std::vector<FingerprintIndex::Place> FingerprintIndex::near(const Fingerprint& print) const
{
    std::vector<Place> found;
    if (print.shingles > 0) {
        const auto all = keys_of(print);
        expect(all);
        for (std::size_t i = 1; i < keys; ++i)
            walk(all[i], i, found);
    }
    // Pictures whose hashes differ in up to seven bits have a quarter that differs in one at most.
    if (print.look != 0)
        for (std::size_t quarter = 0; quarter < quarters; ++quarter) {
            const auto value = quarter_of(print.look, quarter);
            walk(key_of(quarter + 40, value), quarter + 1, found);
            for (std::size_t bit = 0; bit < bits_of_quarter; ++bit)
                walk(key_of(quarter + 40, value ^ (std::uint64_t{1} << bit)), quarter + 1, found);
        }
    std::ranges::sort(found);
    const auto rest = std::ranges::unique(found);
    found.erase(rest.begin(), rest.end());
    found.resize(std::min(found.size(), most_near));
    return found;
}
}
