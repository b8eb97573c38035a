// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What the central directory of a zip says, before anything is unpacked.
struct ZipDirectory {
    bool is_found = false;
    std::size_t entries = 0; ///< counted up to the limit and one more
    bool is_overlapping = false; ///< entries share octets: a bomb
    /// Programs that read the directory and programs that read entry by entry see different files.
    bool is_ambiguous = false;
    std::size_t begin = 0, end = 0; ///< of the zip: what stands before begin is no part of it
    std::size_t link_octets = 0; ///< of the targets of symbolic links
    std::vector<std::string> other_names; ///< in the directory, where entries have other ones
};
ZipDirectory read_zip_directory(std::string_view zip, std::size_t entry_limit);
}
