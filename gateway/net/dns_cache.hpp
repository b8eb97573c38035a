// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/dns_answer.hpp"
#include "gateway/net/env.hpp"

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace net {
/// Answers by question, shared by all loops and bounded by bytes: the one that was longest not
/// asked for goes first. Safe from all threads.
class DnsCache {
public:
    explicit DnsCache(std::size_t bytes) : limit_{bytes / shard_count} { }
    /// Null when there is none or it is past its time.
    DnsAnswerPtr find(std::string_view canonical, RecordType type, Env::Steady now);
    void put(std::string_view canonical, RecordType type, DnsAnswerPtr answer, Env::Steady expires);
    void clear();
    std::size_t entries() const { return entries_.load(std::memory_order_relaxed); }
    std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    struct Entry {
        std::string key;
        DnsAnswerPtr answer;
        Env::Steady expires;
        std::size_t bytes = 0;
    };
    /// Most recently asked for first.
    struct Shard {
        std::mutex mutex;
        std::list<Entry> entries;
        std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;
        std::size_t bytes = 0;
    };
    static constexpr std::size_t shard_count = 16;
    Shard& shard_of(std::string_view key);
    void remove(Shard& shard, std::list<Entry>::iterator entry);

    std::size_t limit_; ///< of one shard
    std::array<Shard, shard_count> shards_;
    std::atomic<std::size_t> entries_{0}, bytes_{0};
};
}
