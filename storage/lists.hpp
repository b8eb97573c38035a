// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace storage {
/// One allow or block entry (features I5). Scope "" is everyone (administrator), "b.example" a
/// domain, "user@b.example" one user.
struct ListEntry {
    enum class Effect { allow, block };
    /// A domain and a part ("com") are the name and all under it; a part has one label, and the
    /// pages ask before they add it.
    enum class Kind { address, domain, part, network };
    std::int64_t number = 0; ///< 0 until stored
    std::string scope = {};
    Effect effect = Effect::allow;
    Kind kind = Kind::address;
    std::string text = {}; ///< canonical: mailbox key, A-label domain, or CIDR
    std::string author = {}, note = {};
    WallTime created{};
    std::optional<WallTime> expires = {};
    std::uint64_t hits = 0;
    std::optional<WallTime> last_hit = {};
};

/// Reads an entry as people write it: "a@b.example", "b.example", "example", "192.0.2.0/24"; also
/// "@b.example" and "*.b.example" for b.example. Scope, author and times are left to the caller.
std::expected<ListEntry, mail::Problem> parse_list_entry(std::string_view text);

/// An immutable view for layers: one hash look-up per candidate text.
class ListSnapshot {
public:
    virtual ~ListSnapshot() = default;
    struct Match {
        ListEntry entry;
        /// The larger wins: an address 1000, a network 200 + its bits in IPv6 terms, else the
        /// number of labels.
        unsigned specificity = 0;
    };
    /// The entries of one scope that fit a sender, the winning one first: more specific wins, at a
    /// tie allow. `address` may be null for "<>". Expired entries never match.
    virtual std::vector<Match> matches(std::string_view scope, const mail::ReversePath& address,
                                       const mail::Ip* client, WallTime now) const
        = 0;
};

/// Allow and block entries in the store. Changes are durable when they return and take effect on
/// the next message; hits are counted in memory and written about once a minute.
class Lists {
public:
    virtual ~Lists() = default;
    virtual std::shared_ptr<const ListSnapshot> snapshot() const = 0;
    /// Adds or replaces (same scope, effect, text). Returns it with its number; nullopt: its scope
    /// is full (list_bounds.hpp). This and `remove` throw Unavailable when nothing can be changed.
    virtual awaitable<std::optional<ListEntry>> add(ListEntry entry) = 0;
    virtual awaitable<bool> remove(std::string scope, ListEntry::Effect effect, std::string text)
        = 0;
    virtual awaitable<std::vector<ListEntry>> list(std::optional<std::string> scope,
                                                   std::optional<ListEntry::Effect> effect)
        = 0;
    /// How many there are. Cheap.
    virtual std::size_t count() const = 0;
    /// Counts a use; never waits.
    virtual void hit(std::int64_t number, WallTime now) = 0;
    /// Of all scopes those that fit, newest first, from behind `before` (0: the newest). `fits` is
    /// asked on another thread.
    using Fits = std::function<bool(const ListEntry&)>;
    virtual awaitable<std::vector<ListEntry>> newest(Fits fits, std::int64_t before,
                                                     std::size_t limit)
        = 0;
};
}
