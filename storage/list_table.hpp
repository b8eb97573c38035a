// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/lists.hpp"

#include <array>
#include <bitset>

namespace storage {
/// The entries of all scopes as an immutable hash table of two levels; a changed copy shares all
/// but one branch, so that one change costs microseconds beside 100,000 entries.
class ListTable final : public ListSnapshot {
public:
    std::vector<Match> matches(std::string_view scope, const mail::ReversePath& address,
                               const mail::Ip* client, WallTime now) const override;

    using Pointer = std::shared_ptr<const ListTable>;
    /// No two may have the same scope, effect and text.
    static Pointer of(const std::vector<ListEntry>& entries);
    /// With an entry put in place of the one with the same scope, effect and text.
    Pointer with(const ListEntry& entry) const;
    Pointer without(const std::string& scope, ListEntry::Effect effect,
                    const std::string& text) const;
    const ListEntry* find(const std::string& scope, ListEntry::Effect effect,
                          const std::string& text) const;
    /// The same entry, for as long as somebody wants it; null: there is none.
    std::shared_ptr<const ListEntry> share(const std::string& scope, ListEntry::Effect effect,
                                           const std::string& text) const;
    /// In order of their numbers.
    std::vector<ListEntry> entries() const;
    /// The `limit` newest of those that fit, with numbers below `before`, newest first.
    std::vector<std::shared_ptr<const ListEntry>>
    newest(const Lists::Fits& fits, std::int64_t before, std::size_t limit) const;
    std::size_t size() const { return size_; }

private:
    static constexpr std::size_t fan_out = 64;
    struct Slot {
        std::uint64_t key;
        std::shared_ptr<const ListEntry> entry;
    };
    using Leaf = std::vector<Slot>;
    using Branch = std::array<std::shared_ptr<const Leaf>, fan_out>;

    void put(const ListEntry& entry);
    void note_prefix(const ListEntry& entry);
    void erase(const std::string& scope, ListEntry::Effect effect, const std::string& text);
    Leaf& own_leaf(std::uint64_t key);
    template <class Take> void for_each(Take&& take) const;
    template <class Visit>
    void visit(std::string_view scope, std::string_view text, Visit&& take) const;

    std::array<std::shared_ptr<const Branch>, fan_out> branches_;
    std::size_t size_ = 0;
    std::bitset<129> prefixes_; ///< lengths that network entries have or had, in IPv6 terms
};
}
