// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace filters {
namespace {
[[noreturn]] void fail(const char* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

void add_seals(int descriptor, int seals)
{
    if (::fcntl(descriptor, F_ADD_SEALS, seals) != 0)
        fail("cannot seal shared memory");
}
}

SharedMemory::SharedMemory(std::size_t size, Use use)
    : descriptor_{::memfd_create("mailweir-scan", MFD_CLOEXEC | MFD_ALLOW_SEALING)}, size_{size}
{
    if (descriptor_ < 0)
        fail("cannot make shared memory");
    try {
        if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
            fail("cannot make shared memory");
        add_seals(descriptor_, F_SEAL_SHRINK | F_SEAL_GROW);
        map(use);
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

SharedMemory::SharedMemory(int descriptor, std::size_t size, Use use)
    : descriptor_{descriptor}, size_{size}
{
    map(use);
    ::close(std::exchange(descriptor_, -1));
}

SharedMemory::~SharedMemory()
{
    ::munmap(data_, size_);
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

void SharedMemory::map(Use use)
{
    const int protection = use == Use::write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* place = ::mmap(nullptr, size_, protection, MAP_SHARED, descriptor_, 0);
    if (place == MAP_FAILED)
        fail("cannot map shared memory");
    data_ = static_cast<char*>(place);
}

int SharedMemory::open_for_reading() const
{
    const auto path = "/proc/self/fd/" + std::to_string(descriptor_);
    const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (reader < 0)
        fail("cannot open shared memory for reading");
    return reader;
}

bool SharedMemory::give_back(std::size_t offset)
{
    return offset >= size_ || ::madvise(data_ + offset, size_ - offset, MADV_REMOVE) == 0;
}
}
