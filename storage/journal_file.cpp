// SPDX-License-Identifier: Apache-2.0
#include "storage/journal_file.hpp"

#include "storage/files.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <xxhash.h>

namespace storage {
namespace {
struct Header {
    char name[24];
    std::uint64_t version;
    std::uint64_t buckets;
    std::uint64_t checksum;
    std::uint64_t unused[2];

    static Header of(std::size_t buckets)
    {
        Header header{"mailweir dedupe journal", 1, buckets, 0, {}};
        header.checksum = XXH3_64bits(&header, offsetof(Header, checksum));
        return header;
    }
};
static_assert(sizeof(Header) == sizeof(JournalFile::Record));

[[noreturn]] void fail(int error, const std::string& what)
{
    throw std::system_error{error, std::generic_category(), what};
}
}

std::uint64_t JournalFile::Record::word(Mark mark) const
{
    if (mark == Mark::none)
        return 0;
    const auto checked
        = XXH3_64bits_withSeed(this, offsetof(Record, state), static_cast<std::uint64_t>(mark));
    return checked | 1;
}

JournalFile::Mark JournalFile::Record::mark() const
{
    const auto now = state.load(std::memory_order_acquire);
    if (now == 0)
        return Mark::none;
    for (const auto mark : {Mark::intent, Mark::delivered, Mark::confirmed}) {
        if (now == word(mark))
            return mark;
    }
    return Mark::none;
}

void JournalFile::Record::set_mark(Mark mark)
{
    state.store(word(mark), std::memory_order_release);
}

void JournalFile::Record::assign(const TransactionHash& new_hash, std::uint64_t new_id,
                                 std::int64_t new_time, std::uint64_t new_run, Mark mark)
{
    // Stores reach the mapping in program order: nothing of the new fields before the old word is
    // gone, the new word only after all of them.
    state.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    hash = new_hash;
    id = new_id;
    time = new_time;
    run = new_run;
    set_mark(mark);
}

JournalFile::JournalFile(const std::string& path, std::size_t capacity)
    : buckets_{std::bit_ceil(std::max<std::size_t>(1, capacity / bucket_size))},
      size_{sizeof(Header) + buckets_ * bucket_size * sizeof(Record)}
{
    map(path);
    const auto wanted = Header::of(buckets_);
    if (std::memcmp(start_, &wanted, sizeof wanted) == 0)
        return;
    const char* bytes = static_cast<const char*>(start_);
    if (std::any_of(bytes, bytes + sizeof wanted, [](char octet) { return octet != 0; }))
        spdlog::warn("dedupe journal {}: damaged or of another size, made anew", path);
    std::memset(start_, 0, size_);
    std::memcpy(start_, &wanted, sizeof wanted);
}

void JournalFile::map(const std::string& path)
{
    const auto file = FileHandle::open(path, O_RDWR | O_CREAT, 0600);
    struct stat status{};
    if (::fstat(file.number(), &status) != 0)
        fail(errno, "cannot look at " + path);
    if (static_cast<std::size_t>(status.st_size) != size_) {
        if (status.st_size != 0)
            spdlog::warn("dedupe journal {}: damaged or of another size, made anew", path);
        if (::ftruncate(file.number(), 0) != 0)
            fail(errno, "cannot empty " + path);
    }
    // Allocated whole: a full disk is an error now and would be a signal later.
    if (const int error = ::posix_fallocate(file.number(), 0, static_cast<off_t>(size_)))
        fail(error, "no room for " + path);
    start_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
    if (start_ == MAP_FAILED)
        fail(errno, "cannot map " + path);
}

JournalFile::~JournalFile() { ::munmap(start_, size_); }

std::size_t JournalFile::bucket_of(const TransactionHash& hash) const
{
    std::uint64_t first = 0;
    std::memcpy(&first, hash.data(), sizeof first);
    return first & (buckets_ - 1);
}

std::span<JournalFile::Record> JournalFile::bucket(const TransactionHash& hash)
{
    auto* records = reinterpret_cast<Record*>(static_cast<char*>(start_) + sizeof(Header));
    return {records + bucket_of(hash) * bucket_size, bucket_size};
}
}
