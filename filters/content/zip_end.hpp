// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace filters::content {
/// The little-endian number in `octets` octets at `at`, which must be there.
std::uint64_t zip_number(std::string_view bytes, std::size_t at, std::size_t octets);

/// What a field of 32 bits says when its value is in the extra field.
inline constexpr std::uint64_t in_extra_field = 0xFFFFFFFF;

struct ZipPlace {
    std::size_t directory = 0; ///< where its first entry is
    std::size_t zip = 0; ///< where the zip begins: offsets count from there
};

/// What the records at a zip's end lead to.
struct ZipEnd {
    std::vector<ZipPlace> directories; ///< the one that most programs find first
    bool is_found = false; ///< there is a record; a zip without files has no directory
    bool is_ambiguous = false; ///< some record leads some program elsewhere
    std::size_t end = 0; ///< of the zip
};
ZipEnd find_zip_end(std::string_view zip);
}
