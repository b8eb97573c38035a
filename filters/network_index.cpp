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

/// 2^(128 - prefix) - 1 in two halves: what is added to a network's first address for its last.
std::pair<std::uint64_t, std::uint64_t> span_of(unsigned prefix)
{
    const auto ones = [](unsigned bits) { return bits >= 64 ? ~0ULL : (1ULL << bits) - 1; };
    return {prefix >= 64 ? 0 : ones(64 - prefix), prefix >= 64 ? ones(128 - prefix) : ~0ULL};
}
}

template <class Key> void RangeStarts<Key>::finish()
{
    keys_.shrink_to_fit();
    samples_.clear();
    samples_.reserve(keys_.size() / step + 1);
    for (std::size_t i = 0; i < keys_.size(); i += step)
        samples_.push_back(keys_[i]);
}

template <class Key> std::size_t RangeStarts<Key>::find(const Key& key) const
{
    // Without branches: the compiler turns both loops into conditional moves.
    const auto last_not_above = [&key](const Key* first, std::size_t count) {
        const Key* base = first;
        while (count > 1) {
            const std::size_t half = count / 2;
            base = base[half] <= key ? base + half : base;
            count -= half;
        }
        return static_cast<std::size_t>(base - first);
    };
    const std::size_t block = last_not_above(samples_.data(), samples_.size()) * step;
    return block + last_not_above(keys_.data() + block, std::min(step, keys_.size() - block));
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
            write(index_.starts4_, index_.rulers4_, static_cast<std::uint32_t>(start.low), ruler);
        else
            write(index_.starts6_, index_.rulers6_, start, ruler);
    }
    template <class Key>
    static void write(RangeStarts<Key>& starts, std::vector<std::uint32_t>& rulers,
                      const Key& start, std::uint32_t ruler)
    {
        if (starts.size() > 0 && starts.back() == start) {
            rulers.back() = ruler;
        } else if (starts.size() == 0 || rulers.back() != ruler) {
            starts.push_back(start);
            rulers.push_back(ruler);
        }
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
    index->starts4_.finish();
    index->starts6_.finish();
    index->rulers4_.shrink_to_fit();
    index->rulers6_.shrink_to_fit();
    return index;
}

std::optional<NetworkIndex::Match> NetworkIndex::find(const mail::Ip& ip) const
{
    const std::uint64_t low = read64(ip.bytes().data() + 8);
    if (ip.is_v4()) {
        const auto ruler = rulers4_[starts4_.find(static_cast<std::uint32_t>(low))];
        return ruler == 0 ? std::nullopt : std::optional{match_of(ruler - 1)};
    }
    const auto ruler = rulers6_[starts6_.find({read64(ip.bytes().data()), low})];
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
    return entries_.capacity() * sizeof(Builder::Entry) + starts4_.bytes() + starts6_.bytes()
        + (rulers4_.capacity() + rulers6_.capacity()) * sizeof(std::uint32_t);
}
}
