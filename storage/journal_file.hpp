// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/store.hpp"

#include <atomic>
#include <span>

namespace storage {
/// The mapped file of the dedupe journal: a header and buckets of sixteen records. A record's
/// state is one word that checks all its other fields, so that a kill at any instruction leaves
/// the state before, the state after, or no record, and never a wrong one.
class JournalFile {
public:
    enum class Mark { none, intent, delivered, confirmed };
    struct Record {
        TransactionHash hash;
        std::uint64_t id;
        std::int64_t time; ///< seconds since 1970
        std::uint64_t run; ///< of the process that made it
        std::atomic<std::uint64_t> state;
        std::uint64_t unused[2];

        Mark mark() const;
        void set_mark(Mark mark);
        void assign(const TransactionHash& hash, std::uint64_t id, std::int64_t time,
                    std::uint64_t run, Mark mark);

    private:
        std::uint64_t word(Mark mark) const;
    };
    static_assert(sizeof(Record) == 64 && std::atomic<std::uint64_t>::is_always_lock_free);

    /// Makes the file anew when it is missing, of another size or damaged. Throws
    /// std::system_error.
    JournalFile(const std::string& path, std::size_t capacity);
    ~JournalFile();
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;

    std::size_t bucket_of(const TransactionHash& hash) const;
    std::span<Record> bucket(const TransactionHash& hash);

private:
    static constexpr std::size_t bucket_size = 16;
    void map(const std::string& path);
    std::size_t buckets_;
    std::size_t size_;
    void* start_ = nullptr;
};
}
