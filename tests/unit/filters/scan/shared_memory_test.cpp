// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/shared_memory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {
constexpr std::size_t size = 8U << 20, kept = 1U << 20;

std::size_t octets_in_use(const filters::SharedMemory& memory)
{
    struct ::stat status{};
    ::fstat(memory.descriptor(), &status);
    return static_cast<std::size_t>(status.st_blocks) * 512;
}
}

TEST_CASE("shared memory gives back what a large message took, and the other side reads on")
{
    filters::SharedMemory writer{size, filters::SharedMemory::Use::write};
    const filters::SharedMemory reader{writer.open_for_reading(), size,
                                       filters::SharedMemory::Use::read};
    std::ranges::fill(writer.bytes(), 'x');
    CHECK(reader.bytes()[size - 1] == 'x');
    CHECK(octets_in_use(writer) == size);
    CHECK(writer.give_back(kept));
    CHECK(octets_in_use(writer) == kept);
    CHECK(reader.bytes()[kept - 1] == 'x');
    CHECK(reader.bytes()[size - 1] == '\0');
}

TEST_CASE("who got shared memory for reading cannot write to it in any way")
{
    const filters::SharedMemory writer{size, filters::SharedMemory::Use::write};
    const int descriptor = writer.open_for_reading();
    CHECK(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED);
    void* place = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    REQUIRE(place != MAP_FAILED);
    CHECK(::mprotect(place, size, PROT_READ | PROT_WRITE) != 0);
    CHECK(::madvise(place, size, MADV_REMOVE) != 0);
    CHECK(::ftruncate(descriptor, 1) != 0);
    CHECK(::ftruncate(writer.descriptor(), 1) != 0);
    ::munmap(place, size);
    ::close(descriptor);
}
