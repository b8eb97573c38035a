// SPDX-License-Identifier: Apache-2.0
#include "storage/list_table.hpp"

#include "storage/counters.hpp"

#include <algorithm>

namespace storage {
namespace {
constexpr unsigned address_specificity = 1000;
// A network is named more narrowly than any domain, of at most 127 labels, and less than one
// address.
constexpr unsigned network_specificity = 200;
constexpr unsigned v4_bits = 96;

std::uint64_t key_of(std::string_view scope, std::string_view text)
{
    return counter_key(text.data(), text.size(), counter_key(scope.data(), scope.size(), 0));
}

std::size_t upper(std::uint64_t key) { return key >> 58; }

std::size_t lower(std::uint64_t key) { return (key >> 52) & 63; }

bool is_same(const ListEntry& entry, std::string_view scope, std::string_view text)
{
    return entry.scope == scope && entry.text == text;
}

unsigned labels_of(std::string_view domain)
{
    return 1 + static_cast<unsigned>(std::ranges::count(domain, '.'));
}

/// Ranks what fits.
class Ranking {
public:
    explicit Ranking(WallTime now) : now_{now} { }
    void consider(const ListEntry& entry, unsigned specificity)
    {
        if (!entry.expires || *entry.expires > now_)
            matches_.push_back({entry, specificity});
    }
    std::vector<ListSnapshot::Match> take()
    {
        std::ranges::sort(matches_, std::ranges::less{}, [](const auto& match) {
            const bool is_block = match.entry.effect == ListEntry::Effect::block;
            return std::pair{-static_cast<int>(match.specificity), is_block};
        });
        return std::move(matches_);
    }

private:
    WallTime now_;
    std::vector<ListSnapshot::Match> matches_;
};
}

template <class Visit>
void ListTable::visit(std::string_view scope, std::string_view text, Visit&& take) const
{
    const auto key = key_of(scope, text);
    const auto& branch = branches_[upper(key)];
    if (!branch)
        return;
    const auto& leaf = (*branch)[lower(key)];
    if (!leaf)
        return;
    for (const auto& slot : *leaf) {
        if (slot.key == key && is_same(*slot.entry, scope, text))
            take(slot.entry);
    }
}

std::vector<ListSnapshot::Match> ListTable::matches(std::string_view scope,
                                                    const mail::ReversePath& address,
                                                    const mail::Ip* client, WallTime now) const
{
    Ranking ranking{now};
    if (address) {
        visit(scope, address->key(), [&](const auto& entry) {
            if (entry->kind == ListEntry::Kind::address)
                ranking.consider(*entry, address_specificity);
        });
        std::string_view name = address->domain().ascii();
        for (;;) {
            visit(scope, name, [&](const auto& entry) {
                if (entry->kind == ListEntry::Kind::domain || entry->kind == ListEntry::Kind::part)
                    ranking.consider(*entry, labels_of(name));
            });
            const auto dot = name.find('.');
            if (dot == std::string_view::npos || address->domain().is_literal())
                break;
            name.remove_prefix(dot + 1);
        }
    }
    if (!client)
        return ranking.take();
    const unsigned family = client->is_v4() ? v4_bits : 0;
    for (unsigned prefix = family; prefix <= 128; ++prefix) {
        if (!prefixes_.test(prefix))
            continue;
        const auto network
            = client->network(prefix - family).to_string() + "/" + std::to_string(prefix - family);
        visit(scope, network, [&](const auto& entry) {
            if (entry->kind == ListEntry::Kind::network)
                ranking.consider(*entry, network_specificity + prefix);
        });
    }
    return ranking.take();
}

ListTable::Pointer ListTable::of(const std::vector<ListEntry>& entries)
{
    auto table = std::make_shared<ListTable>();
    table->size_ = entries.size();
    std::vector<Leaf> leaves(fan_out * fan_out);
    for (const auto& entry : entries) {
        const auto key = key_of(entry.scope, entry.text);
        leaves[upper(key) * fan_out + lower(key)].push_back(
            {key, std::make_shared<const ListEntry>(entry)});
        table->note_prefix(entry);
    }
    for (std::size_t i = 0; i < fan_out; ++i) {
        auto branch = std::make_shared<Branch>();
        for (std::size_t j = 0; j < fan_out; ++j)
            (*branch)[j] = std::make_shared<const Leaf>(std::move(leaves[i * fan_out + j]));
        table->branches_[i] = std::move(branch);
    }
    return table;
}

void ListTable::note_prefix(const ListEntry& entry)
{
    if (entry.kind != ListEntry::Kind::network)
        return;
    if (const auto network = mail::Network::parse(entry.text))
        prefixes_.set(network->prefix() + (network->first().is_v4() ? v4_bits : 0));
}

ListTable::Pointer ListTable::with(const ListEntry& entry) const
{
    auto table = std::make_shared<ListTable>(*this);
    table->put(entry);
    return table;
}

ListTable::Pointer ListTable::without(const std::string& scope, ListEntry::Effect effect,
                                      const std::string& text) const
{
    auto table = std::make_shared<ListTable>(*this);
    table->erase(scope, effect, text);
    return table;
}

ListTable::Leaf& ListTable::own_leaf(std::uint64_t key)
{
    auto& branch = branches_[upper(key)];
    auto own_branch = branch ? std::make_shared<Branch>(*branch) : std::make_shared<Branch>();
    auto& leaf = (*own_branch)[lower(key)];
    auto own_leaf = leaf ? std::make_shared<Leaf>(*leaf) : std::make_shared<Leaf>();
    Leaf& result = *own_leaf;
    leaf = std::move(own_leaf);
    branch = std::move(own_branch);
    return result;
}

void ListTable::put(const ListEntry& entry)
{
    const auto key = key_of(entry.scope, entry.text);
    note_prefix(entry);
    auto& leaf = own_leaf(key);
    size_ -= std::erase_if(leaf, [&](const Slot& slot) {
        return slot.key == key && slot.entry->effect == entry.effect
            && is_same(*slot.entry, entry.scope, entry.text);
    });
    ++size_;
    leaf.push_back({key, std::make_shared<const ListEntry>(entry)});
}

void ListTable::erase(const std::string& scope, ListEntry::Effect effect, const std::string& text)
{
    const auto key = key_of(scope, text);
    size_ -= std::erase_if(own_leaf(key), [&](const Slot& slot) {
        return slot.key == key && slot.entry->effect == effect && is_same(*slot.entry, scope, text);
    });
}

std::shared_ptr<const ListEntry>
ListTable::share(const std::string& scope, ListEntry::Effect effect, const std::string& text) const
{
    std::shared_ptr<const ListEntry> found;
    visit(scope, text, [&](const auto& entry) {
        if (entry->effect == effect)
            found = entry;
    });
    return found;
}

const ListEntry* ListTable::find(const std::string& scope, ListEntry::Effect effect,
                                 const std::string& text) const
{
    return share(scope, effect, text).get();
}

template <class Take> void ListTable::for_each(Take&& take) const
{
    for (const auto& branch : branches_) {
        if (!branch)
            continue;
        for (const auto& leaf : *branch) {
            if (!leaf)
                continue;
            for (const auto& slot : *leaf)
                take(slot.entry);
        }
    }
}

std::vector<ListEntry> ListTable::entries() const
{
    std::vector<ListEntry> entries;
    for_each([&](const auto& entry) { entries.push_back(*entry); });
    std::ranges::sort(entries, {}, &ListEntry::number);
    return entries;
}

std::vector<std::shared_ptr<const ListEntry>>
ListTable::newest(const Lists::Fits& fits, std::int64_t before, std::size_t limit) const
{
    std::vector<std::shared_ptr<const ListEntry>> found;
    for_each([&](const auto& entry) {
        if (entry->number < before && fits(*entry))
            found.push_back(entry);
    });
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(limit, found.size()));
    std::ranges::partial_sort(found, end, std::ranges::greater{},
                              [](const auto& entry) { return entry->number; });
    found.erase(end, found.end());
    return found;
}
}
