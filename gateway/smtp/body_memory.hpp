// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"
#include "gateway/net/worker_pool.hpp"

#include <optional>
#include <string>

namespace smtp {
/// Where message bodies live while they are in flight: chunks of 16, 64 and 256 KiB, recycled per
/// thread; a body beyond `body_in_memory`, or any while memory is short, continues in the mapping
/// of an unlinked file. Both are counted over the whole process (promise §6).
struct BodyMemory {
    std::size_t in_memory = 256U << 20, in_files = 4ULL << 30, body_in_memory = 2U << 20;
    std::string directory; ///< for the unlinked files
    net::WorkerPool* pool = nullptr;

    /// The next chunk of a body that has `body_size` octets so far; nullopt when there is no room
    /// now.
    net::awaitable<std::optional<mail::Chunk>> take(std::size_t body_size) const;
    static std::size_t in_flight(); ///< octets of chunks out, memory and files
};

/// A memory chunk from this thread's free list, whatever the limits; for what is small and
/// short-lived.
mail::Chunk take_memory_chunk(std::size_t capacity);
}
