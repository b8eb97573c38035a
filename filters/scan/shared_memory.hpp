// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>

namespace filters {
/// Memory without a file that two processes map; one of them made it. It never changes its size, so
/// that nobody can take pages away from under the other.
class SharedMemory {
public:
    enum class Use { read, write };
    /// New memory of `size` octets, mapped for `use` here. Pages cost nothing before they are
    /// touched. Throws std::system_error.
    SharedMemory(std::size_t size, Use use);
    /// The other side's: takes over `descriptor`, which is closed once it is mapped.
    SharedMemory(int descriptor, std::size_t size, Use use);
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    std::span<char> bytes() const { return {data_, size_}; }
    int descriptor() const { return descriptor_; }
    /// A descriptor with which nobody can write, for the other side; the caller's. (Not
    /// F_SEAL_FUTURE_WRITE, which forbids to give pages back, too.) Throws std::system_error.
    int open_for_reading() const;
    /// Gives pages from `offset` on back to the system; they read as zero. False: they stay.
    bool give_back(std::size_t offset);

private:
    void map(Use use);
    int descriptor_;
    std::size_t size_;
    char* data_ = nullptr;
};
}
