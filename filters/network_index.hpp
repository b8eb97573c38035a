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
/// Sorted keys in one array with every 64th in a second one, so that a search touches few cache
/// lines.
template <class Key> class RangeStarts {
public:
    void reserve(std::size_t count) { keys_.reserve(count); }
    void push_back(const Key& key) { keys_.push_back(key); }
    Key& back() { return keys_.back(); }
    std::size_t size() const { return keys_.size(); }
    void finish();
    /// The index of the last key that is not above `key`; the first key is the smallest there is.
    std::size_t find(const Key& key) const;
    std::size_t bytes() const { return (keys_.capacity() + samples_.capacity()) * sizeof(Key); }

private:
    static constexpr std::size_t step = 64;
    std::vector<Key> keys_, samples_;
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
    // Ranges: where one begins, and 1 + the entry that rules it, or 0.
    RangeStarts<std::uint32_t> starts4_;
    RangeStarts<Wide> starts6_;
    std::vector<std::uint32_t> rulers4_, rulers6_;
};
}
