// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/mail_memory.hpp"
#include "storage/records.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What the tables share that live in memory and are kept as `storage::Records`.
namespace filters {
/// The number under which a key is kept. Of two keys with one number the disk keeps the later;
/// among 100,000 that is one in a billion.
inline std::int64_t record_number(std::string_view key)
{
    return static_cast<std::int64_t>(storage::hash_for_memory(key, 0) >> 1);
}
inline std::int64_t record_number(const std::pair<std::string, std::string>& key)
{
    return record_number(key.first + '\t' + key.second);
}

/// Takes a record apart that was written with a tab between its fields.
struct TabFields {
    std::string_view rest;

    std::string_view next();
    /// nullopt: one of the next `N` fields is no number from 0 up.
    template <std::size_t N> std::optional<std::array<std::int64_t, N>> numbers();
};

/// Writes the entries of `all` that `changed` names and removes those that are no more; all of them
/// where the file was begun anew. `mutex` guards the three, and is not held while the disk is
/// written. An error goes to the log, behind `what` ("the habits of accounts"), and leaves
/// `changed` as it was. `encode(entry)` gives the record of an entry of the map.
template <typename Map, typename Encode>
void write_changed(storage::Records* const& records, std::mutex& mutex, const Map& all,
                   std::set<typename Map::key_type>& changed, std::string_view what, Encode encode)
{
    std::set<typename Map::key_type> taken;
    std::vector<storage::Records::Change> changes;
    {
        const std::lock_guard lock{mutex};
        if (!records)
            return;
        if (records->take_loss())
            for (const auto& [key, one] : all)
                changed.insert(key);
        taken.swap(changed);
        for (const auto& key : taken) {
            const auto found = all.find(key);
            changes.push_back(
                {record_number(key), found == all.end() ? std::string{} : encode(*found)});
        }
    }
    if (changes.empty())
        return;
    try {
        records->write(changes);
    } catch (const std::exception& error) {
        spdlog::error("{} cannot be written: {}", what, error.what());
        const std::lock_guard lock{mutex};
        changed.merge(taken);
    }
}

inline std::string_view TabFields::next()
{
    const auto part = rest.substr(0, rest.find('\t'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    return part;
}

template <std::size_t N> std::optional<std::array<std::int64_t, N>> TabFields::numbers()
{
    std::array<std::int64_t, N> all{};
    for (auto& number : all) {
        const auto part = next();
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
        if (error != std::errc{} || end != part.data() + part.size() || number < 0)
            return {};
    }
    return all;
}
}
