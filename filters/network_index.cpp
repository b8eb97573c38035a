// SPDX-License-Identifier: Apache-2.0
#include "filters/network_index.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace filters {
namespace {
constexpr std::uint64_t v4_low = 0x0000FFFF'00000000ULL;

std::uint64_t read64(const std::uint8_t* bytes)
{
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
        value = value << 8 | bytes[i];
    return value;
}

std::size_t top_of(std::uint32_t key) { return key >> 16; }
template <class Wide> std::size_t top_of(const Wide& key) { return key.high >> 48; }

/// The index of the last of `count` sorted items that is not above; the first never is. Without
/// branches: the compiler makes it conditional moves.
template <class Item, class NotAbove>
std::size_t last_not_above(const Item* items, std::size_t count, NotAbove is_not_above)
{
    const Item* base = items;
    while (count > 1) {
        const std::size_t half = count / 2;
        base = is_not_above(base[half]) ? base + half : base;
        count -= half;
    }
    return static_cast<std::size_t>(base - items);
}

/// 2^(128 - prefix) - 1 in two halves: what is added to a network's first address for its last.
std::pair<std::uint64_t, std::uint64_t> span_of(unsigned prefix)
{
    const auto ones = [](unsigned bits) { return bits >= 64 ? ~0ULL : (1ULL << bits) - 1; };
    return {prefix >= 64 ? 0 : ones(64 - prefix), prefix >= 64 ? ones(128 - prefix) : ~0ULL};
}
}

template <class Key> void RangeTable<Key>::add(const Key& start, std::uint32_t ruler)
{
    if (!ranges_.empty() && ranges_.back().start == start)
        ranges_.back().ruler = ruler;
    else if (ranges_.empty() || ranges_.back().ruler != ruler)
        ranges_.push_back({start, ruler});
}

template <class Key> void RangeTable<Key>::finish()
{
    ranges_.shrink_to_fit();
    samples_.reserve(ranges_.size() / step + 1);
    for (std::size_t i = 0; i < ranges_.size(); i += step)
        samples_.push_back(ranges_[i].start);
    tops_.assign((1U << 16) + 1, 0);
    for (const auto& sample : samples_)
        ++tops_[top_of(sample) + 1];
    for (std::size_t i = 1; i < tops_.size(); ++i)
        tops_[i] += tops_[i - 1];
}

template <class Key> std::uint32_t RangeTable<Key>::find(const Key& key) const
{
    const std::size_t top = top_of(key);
    const std::size_t first = std::max<std::size_t>(tops_[top], 1) - 1;
    const std::size_t sample = first
        + last_not_above(samples_.data() + first, tops_[top + 1] - first,
                         [&](const Key& one) { return one <= key; });
    const Range* run = ranges_.data() + sample * step;
    const std::size_t count = std::min(step, ranges_.size() - sample * step);
    for (std::size_t octet = 0; octet < count * sizeof(Range); octet += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(run) + octet);
    return run[last_not_above(run, count, [&](const Range& one) { return one.start <= key; })]
        .ruler;
}

template <class Key> std::size_t RangeTable<Key>::bytes() const
{
    return ranges_.capacity() * sizeof(Range) + samples_.capacity() * sizeof(Key)
        + tops_.capacity() * sizeof(std::uint32_t);
}

void NetworkIndex::Builder::add(const mail::Network& network, Effect effect, std::uint16_t source,
                                std::uint32_t line)
{
    const auto& bytes = network.first().bytes();
    const unsigned prefix = network.prefix() + (network.first().is_v4() ? 96 : 0);
    entries_.push_back({read64(bytes.data()), read64(bytes.data() + 8), line, source,
                        static_cast<std::uint8_t>(prefix), effect});
}

/// Walks the sorted, nested networks of one family once and writes down where the most specific one
/// changes.
class NetworkIndex::Sweep {
public:
    Sweep(NetworkIndex& index, bool is_v4) : index_{index}, is_v4_{is_v4} { }

    void run()
    {
        begin({0, is_v4_ ? v4_low : 0}, 0);
        const auto& entries = index_.entries_;
        for (std::uint32_t number = 0; number < entries.size(); ++number) {
            const Wide first{entries[number].high, entries[number].low};
            if (is_in_v4(first) && entries[number].prefix >= 96 ? !is_v4_ : is_v4_)
                continue;
            while (depth_ > 0 && open_[depth_ - 1].last < first)
                leave();
            begin(first, number + 1);
            const auto [high, low] = span_of(entries[number].prefix);
            open_[depth_++] = {{first.high | high, first.low | low}, number + 1};
        }
        while (depth_ > 0)
            leave();
    }

private:
    struct Open {
        Wide last;
        std::uint32_t ruler = 0;
    };

    static bool is_in_v4(const Wide& address)
    {
        return address.high == 0 && address.low >> 32 == v4_low >> 32;
    }
    void leave()
    {
        Wide next = open_[--depth_].last;
        next.high += ++next.low == 0 ? 1 : 0;
        if (next != Wide{} && (!is_v4_ || is_in_v4(next)))
            begin(next, depth_ > 0 ? open_[depth_ - 1].ruler : 0);
    }
    void begin(const Wide& start, std::uint32_t ruler)
    {
        if (is_v4_)
            index_.ranges4_.add(static_cast<std::uint32_t>(start.low), ruler);
        else
            index_.ranges6_.add(start, ruler);
    }

    NetworkIndex& index_;
    bool is_v4_;
    // Nested networks have rising prefixes: at most one per length.
    std::array<Open, 130> open_{};
    std::size_t depth_ = 0;
};

std::shared_ptr<const NetworkIndex> NetworkIndex::Builder::build()
{
    const auto key = [](const Entry& entry) {
        return std::tuple{entry.high,   entry.low,
                          entry.prefix, entry.effect == Effect::allow ? 0 : 1,
                          entry.source, entry.line};
    };
    std::sort(entries_.begin(), entries_.end(),
              [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
    const auto is_same = [](const Entry& a, const Entry& b) {
        return a.high == b.high && a.low == b.low && a.prefix == b.prefix;
    };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), is_same), entries_.end());
    auto index = std::make_shared<NetworkIndex>();
    index->entries_ = std::move(entries_);
    index->entries_.shrink_to_fit();
    entries_.clear();
    Sweep{*index, true}.run();
    Sweep{*index, false}.run();
    index->ranges4_.finish();
    index->ranges6_.finish();
    return index;
}

std::optional<NetworkIndex::Match> NetworkIndex::find(const mail::Ip& ip) const
{
    const std::uint64_t low = read64(ip.bytes().data() + 8);
    const auto ruler = ip.is_v4() ? ranges4_.find(static_cast<std::uint32_t>(low))
                                  : ranges6_.find({read64(ip.bytes().data()), low});
    return ruler == 0 ? std::nullopt : std::optional{match_of(ruler - 1)};
}

NetworkIndex::Match NetworkIndex::match_of(std::uint32_t number) const
{
    const auto& entry = entries_[number];
    mail::Ip::Bytes bytes{};
    for (int i = 0; i < 8; ++i) {
        bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(entry.high >> (56 - 8 * i));
        bytes[static_cast<std::size_t>(i) + 8]
            = static_cast<std::uint8_t>(entry.low >> (56 - 8 * i));
    }
    const mail::Ip first{bytes};
    const unsigned prefix = entry.prefix - (first.is_v4() ? 96U : 0U);
    return {mail::Network::of(first, prefix), entry.effect, entry.source, entry.line};
}

std::size_t NetworkIndex::bytes() const
{
    return entries_.capacity() * sizeof(Builder::Entry) + ranges4_.bytes() + ranges6_.bytes();
}
}
