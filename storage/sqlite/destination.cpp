// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/destination.hpp"

#include "storage/files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <system_error>

namespace storage::sqlite {
namespace {
constexpr std::size_t memory_limit = 2 << 20;

void free_memory(char* data, std::size_t, void*) noexcept { delete[] data; }

void unmap(char* data, std::size_t capacity, void*) noexcept { ::munmap(data, capacity); }

mail::Chunk mapped(const std::string& directory, std::size_t size)
{
    const auto file = FileHandle::open(directory, O_TMPFILE | O_RDWR);
    // Allocated before it is mapped: a full disk is an error here, and would be a signal later.
    const int error = ::posix_fallocate(file.number(), 0, static_cast<off_t>(size));
    if (error != 0)
        throw std::system_error{error, std::generic_category(), "no room to read a message"};
    void* start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
    if (start == MAP_FAILED)
        throw std::system_error{errno, std::generic_category(), "cannot map a message"};
    return {static_cast<char*>(start), size, &unmap, nullptr};
}
}

Destination::Destination(const std::string& directory, std::size_t size)
    : size_{size},
      chunk_{size <= memory_limit ? mail::Chunk{new char[size], size, &free_memory, nullptr}
                                  : mapped(directory, size)}
{ }

mail::Chunk Destination::release()
{
    chunk_.resize(size_);
    return std::move(chunk_);
}
}
