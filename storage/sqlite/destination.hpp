// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace storage::sqlite {
/// Room for one message that is read back: memory up to 2 MiB, beyond that the mapping of a file
/// that has no name, so that nothing plain is left behind. Throws std::system_error without room
/// on the disk.
class Destination {
public:
    Destination(const std::string& directory, std::size_t size);
    std::span<char> room() { return {chunk_.data(), size_}; }
    /// The room as a chunk of a message, filled.
    mail::Chunk release();

private:
    std::size_t size_;
    mail::Chunk chunk_;
};
}
