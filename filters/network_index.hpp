// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// Where each range of addresses begins and who rules it, made for few cache misses: a table by the
/// top 16 bits leads to every 32nd start, those to one short run of ranges.
template <class Key> class RangeTable {
public:
    /// Ranges come in rising order; one that has its predecessor's ruler adds nothing, one with its
    /// start replaces it.
    void add(const Key& start, std::uint32_t ruler);
    void finish();
    /// The ruler of the last range that does not begin above `key`; the first begins at the
    /// smallest.
    std::uint32_t find(const Key& key) const;
    std::size_t bytes() const;

private:
    static constexpr std::size_t step = 32;
    struct Range {
        Key start;
        std::uint32_t ruler;
    };
    std::vector<Range> ranges_;
    std::vector<Key> samples_;
    std::vector<std::uint32_t> tops_; ///< samples whose top bits are below the index
};

/// Millions of networks, each allowed or blocked, and the most specific one that holds an address.
/// Immutable once built: nested networks are flattened into ranges. Safe from all threads.
class NetworkIndex {
public:
    enum class Effect : std::uint8_t { block, allow };
    struct Match {
        mail::Network network;
        Effect effect = Effect::block;
        std::uint16_t source = 0; ///< as given to `add`
        std::uint32_t line = 0;
    };

    /// Collects networks, then makes the index. Of equal networks the allowed one counts, then the
    /// first.
    class Builder {
    public:
        void add(const mail::Network& network, Effect effect, std::uint16_t source,
                 std::uint32_t line);
        std::size_t size() const { return entries_.size(); }
        std::shared_ptr<const NetworkIndex> build();

    private:
        friend class NetworkIndex;
        struct Entry {
            std::uint64_t high = 0, low = 0; ///< first address, IPv4 as ::ffff:a.b.c.d
            std::uint32_t line = 0;
            std::uint16_t source = 0;
            std::uint8_t prefix = 0; ///< of 128
            Effect effect = Effect::block;
        };
        std::vector<Entry> entries_;
    };

    /// The most specific network that holds the address.
    std::optional<Match> find(const mail::Ip& ip) const;
    std::size_t size() const { return entries_.size(); }
    std::size_t bytes() const;

private:
    struct Wide {
        std::uint64_t high = 0, low = 0;
        auto operator<=>(const Wide&) const = default;
    };
    class Sweep;
    Match match_of(std::uint32_t number) const;

    std::vector<Builder::Entry> entries_;
    // The ruler is 1 + the number of an entry, or 0.
    RangeTable<std::uint32_t> ranges4_;
    RangeTable<Wide> ranges6_;
};
}
