// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/body_memory.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace smtp {
namespace {
constexpr std::size_t KiB = 1024;
constexpr std::array<std::size_t, 3> sizes{16 * KiB, 64 * KiB, 256 * KiB};
// Per size and thread: twenty bodies of 1 MiB in flight shall not go back to the kernel each time.
constexpr std::array<std::size_t, 3> kept{2048 * KiB, 4096 * KiB, 16384 * KiB};
constexpr std::size_t file_chunk = 4096 * KiB;
std::atomic<std::size_t> memory_out{0};
std::atomic<std::size_t> files_out{0};

/// Chunks this thread may use again. A chunk goes back to the thread that drops it.
struct FreeList {
    std::array<std::vector<char*>, sizes.size()> chunks;
    ~FreeList()
    {
        for (auto& list : chunks)
            for (char* data : list)
                ::operator delete(data);
    }
};
thread_local FreeList free_list;

std::size_t index_of(std::size_t capacity)
{
    return capacity <= sizes[0] ? 0 : capacity <= sizes[1] ? 1 : 2;
}

void release_memory(char* data, std::size_t capacity, void*) noexcept
{
    memory_out.fetch_sub(capacity, std::memory_order_relaxed);
    auto& list = free_list.chunks[index_of(capacity)];
    if (list.size() < list.capacity())
        list.push_back(data);
    else
        ::operator delete(data);
}

void release_mapping(char* data, std::size_t capacity, void*) noexcept
{
    files_out.fetch_sub(capacity, std::memory_order_relaxed);
    ::munmap(data, capacity);
}

/// Reserves the room on disk first: a full disk is an answer here, not a signal at the first store.
std::optional<mail::Chunk> map_file_chunk(const std::string& directory)
{
    const int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return std::nullopt;
    void* data = MAP_FAILED;
    if (::posix_fallocate(file, 0, static_cast<off_t>(file_chunk)) == 0)
        data = ::mmap(nullptr, file_chunk, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (data == MAP_FAILED)
        return std::nullopt;
    return mail::Chunk{static_cast<char*>(data), file_chunk, release_mapping, nullptr};
}
}

mail::Chunk take_memory_chunk(std::size_t wanted)
{
    const auto index = index_of(wanted);
    const auto capacity = sizes[index];
    auto& list = free_list.chunks[index];
    list.reserve(kept[index] / capacity);
    memory_out.fetch_add(capacity, std::memory_order_relaxed);
    char* data = nullptr;
    if (list.empty()) {
        data = static_cast<char*>(::operator new(capacity));
    } else {
        data = list.back();
        list.pop_back();
    }
    return {data, capacity, release_memory, nullptr};
}

net::awaitable<std::optional<mail::Chunk>> BodyMemory::take(std::size_t body_size) const
{
    const bool is_short = memory_out.load(std::memory_order_relaxed) + sizes[2] > in_memory;
    if (body_size < body_in_memory && !is_short)
        co_return take_memory_chunk(body_size == 0             ? sizes[0]
                                        : body_size < sizes[1] ? sizes[1]
                                                               : sizes[2]);
    if (files_out.fetch_add(file_chunk, std::memory_order_relaxed) + file_chunk > in_files) {
        files_out.fetch_sub(file_chunk, std::memory_order_relaxed);
        co_return std::nullopt;
    }
    auto map = [where = directory] { return map_file_chunk(where); };
    std::optional<mail::Chunk> chunk = co_await pool->run(std::move(map));
    if (!chunk)
        files_out.fetch_sub(file_chunk, std::memory_order_relaxed);
    co_return chunk;
}

std::size_t BodyMemory::in_flight() { return memory_out.load() + files_out.load(); }
}
