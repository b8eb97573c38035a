// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/archive.hpp"
#include "storage/backup/parts.hpp"

#include <string>
#include <string_view>

namespace storage::backup {
/// Where a member belongs.
struct Place {
    Part part = Part::other;
    std::string name; ///< below the data directory, or below the folder of configuration files
    bool is_sealed = false, is_outside = false;
};
/// Throws std::runtime_error for one that no backup of ours has.
Place place_of(std::string_view member);

/// Writes the current member, or a text, into a new file; folders on the way are made. Throws
/// std::system_error.
void write_file(const std::string& path, ArchiveReader& archive, Files& files);
void write_text(const std::string& path, std::string_view text, Files& files);
}
