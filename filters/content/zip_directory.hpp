// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
struct ZipMember {
    std::string_view name; ///< as the directory has it, in whatever charset
    std::size_t data = 0; ///< where its octets begin; beyond the zip if they are nowhere
    std::size_t packed = 0;
    bool is_encrypted = false;
    bool is_link = false;
    /// Of a link that is not encrypted: where it leads, which other programs take for a file's
    /// octets. nullopt: an honest link has no such target.
    std::optional<std::string> target = {};
};

/// What the central directory of a zip says, before anything is unpacked; of all directories that
/// some program goes by.
struct ZipDirectory {
    bool is_found = false;
    std::size_t entries = 0; ///< counted up to the limit and one more
    bool is_overlapping = false; ///< entries share octets: a bomb
    /// Programs that read the directory and programs that read entry by entry see different files.
    bool is_ambiguous = false;
    bool is_contradicted = false; ///< by entries, about what their octets are
    std::size_t begin = 0, end = 0; ///< of the zip: what stands before begin is no part of it
    std::vector<ZipMember> members;
    std::vector<std::string> other_names; ///< in the directory, where entries have other ones
};
ZipDirectory read_zip_directory(std::string_view zip, std::size_t entry_limit);
}
