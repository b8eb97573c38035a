// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/feeds/feed_index.hpp"

#include <expected>
#include <string>

namespace filters::feeds {
/// What a file is for by its extension: ".links", ".addresses", ".rules" or ".cf", ".model",
/// ".fingerprints"; else other.
FileKind kind_of(std::string_view filename);

/// The index of the files that lie in `folder`; an index that lies there gives the least serial
/// number, `now` the date and otherwise the number. Each file is checked as those who take it will.
/// Blocks; the error names the file.
std::expected<FeedIndex, std::string>
index_of_folder(const std::string& folder, const std::string& name, std::chrono::sys_seconds now);
/// Writes the signed index into the folder, last and in one step. Throws std::system_error.
void write_index(const std::string& folder, std::string_view signed_index);
}
