// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/dns_cache.hpp"

#include <functional>

namespace net {
namespace {
std::string key_of(std::string_view canonical, RecordType type)
{
    std::string key{canonical};
    key.push_back(static_cast<char>(static_cast<unsigned>(type) & 0xffU));
    return key;
}

/// Near enough: allocations of the list, the map and the shared answer count too.
std::size_t size_of(const std::string& key, const DnsAnswer& answer)
{
    std::size_t size = 256 + key.size() + answer.problem.size();
    for (const auto& record : answer.records)
        size += sizeof record + (record.data.size() > 15 ? record.data.capacity() + 1 : 0);
    return size;
}
}

DnsCache::Shard& DnsCache::shard_of(std::string_view key)
{
    return shards_[std::hash<std::string_view>{}(key) / 64 % shard_count];
}

void DnsCache::remove(Shard& shard, std::list<Entry>::iterator entry)
{
    shard.bytes -= entry->bytes;
    bytes_.fetch_sub(entry->bytes, std::memory_order_relaxed);
    entries_.fetch_sub(1, std::memory_order_relaxed);
    shard.by_key.erase(entry->key);
    shard.entries.erase(entry);
}

DnsAnswerPtr DnsCache::find(std::string_view canonical, RecordType type, Env::Steady now)
{
    const auto key = key_of(canonical, type);
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end())
        return nullptr;
    const auto entry = found->second;
    if (entry->expires <= now) {
        remove(shard, entry);
        return nullptr;
    }
    shard.entries.splice(shard.entries.begin(), shard.entries, entry);
    return entry->answer;
}

void DnsCache::put(std::string_view canonical, RecordType type, DnsAnswerPtr answer,
                   Env::Steady expires)
{
    auto key = key_of(canonical, type);
    const std::size_t bytes = size_of(key, *answer);
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    if (const auto found = shard.by_key.find(key); found != shard.by_key.end())
        remove(shard, found->second);
    if (bytes > limit_)
        return;
    while (shard.bytes + bytes > limit_)
        remove(shard, std::prev(shard.entries.end()));
    shard.entries.push_front({std::move(key), std::move(answer), expires, bytes});
    shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
    shard.bytes += bytes;
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    entries_.fetch_add(1, std::memory_order_relaxed);
}

void DnsCache::clear()
{
    for (auto& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        while (!shard.entries.empty())
            remove(shard, shard.entries.begin());
    }
}
}
