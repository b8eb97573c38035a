// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/file_type.hpp"

#include <span>

namespace filters::content {
/// Octets that tell a kind of file. The first that fits, wins.
struct FileSignature {
    std::size_t offset;
    std::string_view octets;
    FileType type;
    std::size_t second_offset = 0;
    std::string_view second = {}; ///< must stand at its offset as well; "" nothing
};
std::span<const FileSignature> file_signatures();

/// What a name's extension (lower case) claims.
struct ClaimedKind {
    std::string_view extension;
    Kind kind;
};
/// Sorted by extension.
std::span<const ClaimedKind> claimed_kinds();
}
