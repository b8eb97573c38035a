// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/fingerprint_entry.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace filters {
/// A sequence that grows without moving what is there.
template <class T> class Chunks {
public:
    std::size_t size() const { return size_; }
    T& operator[](std::size_t i) { return chunks_[i / per_chunk][i % per_chunk]; }
    const T& operator[](std::size_t i) const { return chunks_[i / per_chunk][i % per_chunk]; }
    void add()
    {
        if (size_ == chunks_.size() * per_chunk)
            chunks_.push_back(std::make_unique<T[]>(per_chunk));
        ++size_;
    }

private:
    static constexpr std::size_t per_chunk = 1024;
    std::vector<std::unique_ptr<T[]>> chunks_;
    std::size_t size_ = 0;
};

/// Known fingerprints, found by their hash or by what is nearly the same (locality-sensitive
/// hashing: 21 bands of three places of a sketch, four quarters of a picture's hash). Places are
/// reused; about 370 octets an entry with all that finds it. For one thread at a time, readers
/// together.
class FingerprintIndex {
public:
    using Place = std::uint32_t;
    static constexpr Place nowhere = ~Place{0};

    FingerprintIndex();
    /// Makes room for so many, so that none of them has to wait for it.
    void reserve(std::size_t entries);
    std::size_t size() const { return entries_.size() - free_.size(); }
    /// One past the highest place; those that hold nothing are not `is_used`.
    Place end() const { return static_cast<Place>(entries_.size()); }
    bool is_used(Place place) const { return nodes_[place].is_used; }
    FingerprintEntry& at(Place place) { return entries_[place]; }
    const FingerprintEntry& at(Place place) const { return entries_[place]; }

    Place insert(FingerprintEntry entry);
    void remove(Place place);
    /// The very same; nowhere if it is not known.
    Place find(const content::Fingerprint& print) const;
    /// Those that may be like it, each once, in no order; at most 2,000.
    std::vector<Place> near(const content::Fingerprint& print) const;

private:
    static constexpr std::size_t bands = 21, keys = bands + 1;
    /// The Nth key of an entry, as a link of a chain.
    using Link = std::uint32_t;
    struct Node {
        std::array<Link, keys> next{};
        bool is_used = false;
    };
    using Keys = std::array<std::uint64_t, keys>; ///< 0: has none
    static Keys keys_of(const content::Fingerprint& print);
    std::size_t slot(std::uint64_t key) const { return key & (heads_.size() - 1); }
    void link(Place place);
    void resize_heads(std::size_t size);
    void walk(std::uint64_t key, std::size_t number, std::vector<Place>& found) const;
    void expect(const Keys& all) const;

    Chunks<FingerprintEntry> entries_;
    Chunks<Node> nodes_;
    std::vector<Link> heads_;
    std::vector<Place> free_;
};
}
